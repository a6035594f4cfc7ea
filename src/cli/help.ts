/** What help says below the options, at most 100 columns wide: how each command behaves, and examples. */

export const TUI_HELP = `
Examples:
  voipterm                                   the last station, or one of your own on this machine
  voipterm ann@voice.example.org             as ann, on port 2222
  voipterm ann@[2001:db8::1]:4000/dev        another port, straight into #dev
  voipterm ann@host -L 5300:10.0.0.2:53/udp  with a forward: see voipterm help forward
  voipterm --plain ann@host                  in lines, for screen readers and simple terminals
  voipterm demo                              is everything working here?
  voipterm help serve                        explain a command

Exit status:
  0 done                                4 refused: key, host key, name or protocol version
  1 failed in another way               5 storage: full or read-only disk, database in use or newer
  2 command line or configuration       6 sound: a file or device that was asked for
  3 station not reached, or lost        7 the station cannot listen on this address

Settings: config.toml in the XDG configuration directory (~/.config/voipterm). config.example.toml
explains every key; VOIPTERM_SECTION_KEY in the environment and the options above go before it.
F2 changes them while it runs, "voipterm config" without it.`;

export const SERVE_HELP = `
Once it is ready it prints one line of JSON; logs go to stderr:
  {"event":"listening","host":"127.0.0.1","port":2222,"udpPort":2222,"fingerprint":"SHA256:..."}
SIGTERM and SIGINT end it with status 0 when all that it acknowledged is on disk.

Without --open it admits the keys in authorized_keys, a line each as "voipterm keygen" prints it.
A file that changes is read again: a new line counts at once.

Examples:
  voipterm serve --listen 0.0.0.0:2222             for the keys in authorized_keys
  voipterm serve --listen '[::]:2222' --open       for anybody
  voipterm serve --listen :0 --data ./trial        a trial on a free port
  voipterm serve --allow-forward 'db.lan:5432' --allow-forward '*:53/udp' --allow-listen 8080`;

export const VOICE_HELP = `
With a WAV file as input (any rate, one or two channels) it talks in real time and leaves at its
end, unless --duration says otherwise. A WAV file as output is 48 kHz on the wall clock, with as
many channels as audio.channels: sample 0 is at startedAtNs of the last line of --json, and there
is silence where nobody spoke.
- is raw sound, 16-bit little endian, from or to a pipe; reports then go to stderr.

Examples:
  voipterm voice ann@host/lobby                    microphone and speaker, until Ctrl+C
  voipterm voice ann@host --input hello.wav --output null --json
  voipterm voice bob@host --input silence --output heard.wav --duration 30
  voipterm voice door@host --ptt                   an intercom: voipterm ptt opens its microphone
  ffmpeg -i talk.mp3 -f s16le -ar 48000 -ac 1 - | voipterm voice ann@host --input - --output null`;

export const LISTEN_HELP = `
A line when somebody begins to talk and one when they stop. Ends with 0 after --duration or Ctrl+C,
and with 3 if the station is not reached. With - as output the sound goes to stdout and lines to
stderr.

Examples:
  voipterm listen ann@host/lobby
  voipterm listen ann@host --output null --json | jq -r 'select(.event == "talk" and .on) | .from'
  voipterm listen ann@host --output - | ffmpeg -f s16le -ar 48000 -ac 1 -i - heard.ogg`;

export const DEVICES_HELP = `
The names, or parts of them, are what audio.input_device and audio.output_device take. Where there
is neither PulseAudio nor PipeWire the system's own settings choose.

Examples:
  voipterm devices
  VOIPTERM_AUDIO_INPUT_DEVICE=headset voipterm voice ann@host`;

export const SAY_HELP = `
Ends with 0 once the station has everything on disk, also if it restarts meanwhile. Else it names
what the station did not take, and ends with 1. Lines without text are left out.

Examples:
  voipterm say ci@host/builds "build 214 is green"
  tail -f /var/log/app.log | voipterm say ops@host/logs`;

export const SEND_HELP = `
Whoever is there is asked, and each who says /accept gets the file; of a room the first of them
counts. It goes on after a break, is checked at the end, and never lies on the station's disk. Ends
with 0 once every file has arrived, with 4 if one was declined or nobody took it in time.

Examples:
  voipterm send ann@host/dev build.log             to the room
  voipterm send ann@host @bob report.pdf           to one person
  voipterm send ann@host/@bob *.jpg --timeout 60`;

export const TAIL_HELP = `
With -f it goes on through a station's restart: each message is printed once, in order.

Examples:
  voipterm tail ann@host/dev                       the last 10 messages
  voipterm tail ann@host/dev -f --json             follow, for a program
  voipterm tail ann@host/dev --since 2h            what was said in the last two hours
  voipterm tail ann@host/dev --since 120 -n 50     the last 50 from message 120 on`;

export const DEMO_HELP = `
Needs no terminal and no sound device. Ends with 1 if a voice frame or a text was lost.

Examples:
  voipterm demo
  voipterm demo --input hello.wav --output heard.wav --json`;

export const DOCTOR_HELP = `
Without a target it takes the station that was used last, or the one on this machine if it runs.
It stays in the station's echo room for five seconds, as a call would, and remembers no host key.

A warning says that calls work, but less well or without sound; a failure, that there is no call.
Exit status: 0 no failure, else what the first failure is: 1 failed in another way, 2 configuration
or key file, 3 station not reached, 4 refused, 5 storage. docs/doctor.md explains every check and
the document that --json prints.

Examples:
  voipterm doctor                                  this machine, and the usual station
  voipterm doctor ann@voice.example.org
  voipterm doctor ann@voice.example.org --json`;

export const ATTACH_HELP = `
voipterm --detach [target] starts one: the call goes on when the terminal closes, and several
screens may show it at once. Ctrl+C leaves the screen, not the call; voipterm end ends it. Ends
with 3 if none runs, or when the one that is shown ends.

Bots and scripts speak JSON-RPC with the same socket: docs/scripting.md.

Examples:
  voipterm --detach ann@voice.example.org
  voipterm attach
  voipterm attach --list
  voipterm attach --target voice.example.org`;

export const END_HELP = `
Ends with 3 if none runs in the background.

Examples:
  voipterm end
  voipterm end --pid 1234`;

export const PTT_HELP = `
down opens the microphone and up closes it, for a key that tells both; toggle does one or the other.
Where the microphone is open by itself (/talk voice or continuous) they unmute and mute. mute,
unmute, deafen and undeafen do what the commands do; status prints what is so. Without --pid and
--target it is the voipterm that was started last. Ends with 3 if there is none.

Each voipterm listens on a socket in $XDG_RUNTIME_DIR/voipterm, which takes these words as lines:
netcat is there sooner than a program can start. docs/talking.md has more: GNOME, pedals.

Examples:
  voipterm ptt toggle
  voipterm ptt mute --target voice.example.org
  bindsym --no-repeat F9 exec voipterm ptt down            in sway's config, and
  bindsym --release F9 exec voipterm ptt up
  echo down | nc -NU "$XDG_RUNTIME_DIR/voipterm/newest.sock"`;

export const KEYGEN_HELP = `
The line goes to stdout, where the key is and its fingerprint to stderr. An existing key is kept.

Examples:
  voipterm keygen                                  the line for whoever runs the station
  voipterm keygen >> authorized_keys               on the station's own machine
  voipterm keygen -i ~/.ssh/id_ed25519             the line of a key that you have`;

export const HELP_HELP = `
Examples:
  voipterm help
  voipterm help voice`;

export const LAB_PROXY_HELP = `
Impairments, with spaces between them:
  loss=10%       so many packets vanish           reorder=2%     so many go after later ones
  burst=4        so many of them in a row         duplicate=1%   so many come twice
  delay=80ms     every packet, one way            corrupt=0.1%   so many have one bit flipped
  jitter=20ms    and up to so much more           rate=256kbit   so many payload bits a second
  block          nothing gets through             queue=50ms     longest wait for the rate
                                                                 (default 100ms)
TCP keeps order and loses nothing: a loss costs the time of a retransmission, block is a black hole,
and reorder, duplicate and corrupt do nothing.

Prints a line of JSON when it is ready and, on SIGINT or SIGTERM, one with what it did to how many
packets. Meanwhile it reads lines on stdin and answers each: {"up":"loss=5%"}, {"down":"block"},
{"up":""}, {"stats":true}. The same seed gives the n-th packet of a direction the same fate.
docs/lab.md tells more.

Examples:
  voipterm serve --listen 127.0.0.1:2222 --open
  voipterm lab proxy --listen 127.0.0.2:2222 --target 127.0.0.1:2222 --up 'loss=10% burst=4'
  voipterm ann@127.0.0.2:2222`;

export const FORWARD_HELP = `
Without bind a port is on loopback; "*" is every address, port 0 any free one. IPv6 stands in
brackets. What may be reached through a station, its operator says: voipterm serve --allow-forward,
--allow-listen.

Prints a line a forward once all of them listen, and what they carried at the end. With --json:
  {"event":"listening","forwards":[{"id":1,"spec":"-L 5300:10.0.0.2:53/udp","option":"-L",
    "protocol":"udp","bind":"localhost","port":5300,"to":"10.0.0.2:53"}]}
and then lines with "event" link, state, notice and, at the end, end, which has "counters" in each
forward.

It goes on through a restart of the station, and ends with SIGINT or SIGTERM. Exit status: 0 ended
by a signal, 2 command line or configuration, 3 station or destination not reached, 4 refused (key,
host key, a forward), 7 a port cannot be listened on.

Examples:
  voipterm forward ann@host -L 5300:10.0.0.2:53/udp           dig -p 5300 @127.0.0.1 example.org
  voipterm forward ann@host -R '*:27015:localhost:27015/udp'  a game server here, at the station
  voipterm forward ann@host -D 1080                           curl --socks5-hostname localhost:1080`;

export const BRIDGE_HELP = `
Packets are passed on without transcoding. The session description (SDP) is what other programs open
to hear the room; it is of --rtp-out, or of --rtp-in alone. RTP is neither encrypted nor
authenticated: use loopback or a network that you trust. An address that is left out is loopback.

It goes on through a restart of the station, and ends with SIGINT or SIGTERM. docs/bridge.md tells
what is taken, what is dropped, and how other programs are set up.

Examples:
  voipterm bridge radio@host/lobby --rtp-in :5004 --rtp-out 127.0.0.1:5006 --sdp room.sdp
  ffmpeg -re -i song.ogg -c:a libopus -ar 48000 -f rtp -payload_type 111 rtp://127.0.0.1:5004
  ffplay -protocol_whitelist file,rtp,udp room.sdp`;
