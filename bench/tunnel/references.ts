/** What voipterm is measured against, on the same two hosts: nothing at all, wireguard-go, openvpn and ssh -w. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ADDRESS, has, run, type Side, type TwoHosts } from './hosts.ts';

/** A way from the near host to a UDP port of the far one. */
export interface Way {
  readonly name: string;
  /** Where the near host sends so that `port` of the far host gets it. */
  readonly target: (port: number) => { readonly address: string; readonly port: number };
  /** Where the far host's sink listens. */
  readonly far: string;
  readonly stop: () => Promise<void>;
}

/** Starts a way, or says why it cannot be measured here. */
export type WayMaker = (hosts: TwoHosts, directory: string) => Promise<Way | string>;

/** Datagrams of 1,200 bytes and all headers of the three tunnels fit a link of 1,500. */
const MTU = '1400';
const SETTLE_MS = 15_000;

function straight(name: string, far: string, stop: () => Promise<void>): Way {
  return { name, far, stop, target: (port) => ({ address: far, port }) };
}

/** Waits until the far end of a tunnel answers. */
async function untilReachable(hosts: TwoHosts, address: string): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  for (;;) {
    try {
      hosts.runOn('near', 'bash', ['-c', `exec 3<>/dev/tcp/${address}/9 2>&1`]);
      return;
    } catch (error) {
      // A refusal came from the far end: the way is open.
      if (`${error instanceof Error ? error.message : ''}`.includes('refused')) return;
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export const direct: WayMaker = async () =>
  straight('direct (no tunnel)', ADDRESS.far, async () => undefined);

export const wireguardGo: WayMaker = async (hosts, directory) => {
  if (!has('wireguard-go') || !has('wg')) return 'wireguard-go is not installed';
  const keys = { near: run('wg', ['genkey']).trim(), far: run('wg', ['genkey']).trim() };
  const programs = (['near', 'far'] as const).map((side) => {
    const other: Side = side === 'near' ? 'far' : 'near';
    const device = `wg${side}`;
    const program = hosts.start(side, 'wireguard-go', ['-f', device], {
      ...process.env,
      WG_PROCESS_FOREGROUND: '1',
    });
    run('sh', [
      '-c',
      `for i in $(seq 100); do test -S /var/run/wireguard/${device}.sock && exit; sleep 0.05; done; exit 1`,
    ]);
    const peer = run('wg', ['pubkey'], keys[other]).trim();
    const settings = [
      '[Interface]',
      `PrivateKey = ${keys[side]}`,
      'ListenPort = 51820',
      '[Peer]',
      `PublicKey = ${peer}`,
      'AllowedIPs = 10.98.1.0/24',
      `Endpoint = ${ADDRESS[other]}:51820`,
    ].join('\n');
    const file = join(directory, `${device}.conf`);
    writeFileSync(file, `${settings}\n`, { mode: 0o600 });
    hosts.runOn(side, 'wg', ['setconf', device, file]);
    addAddress(hosts, side, device, '10.98.1');
    return program;
  });
  await untilReachable(hosts, '10.98.1.2');
  return straight('wireguard-go', '10.98.1.2', async () => {
    for (const program of programs) await program.stop();
  });
};

function addAddress(hosts: TwoHosts, side: Side, device: string, net: string): void {
  hosts.runOn(side, 'ip', ['addr', 'add', `${net}.${side === 'near' ? 1 : 2}/24`, 'dev', device]);
  hosts.runOn(side, 'ip', ['link', 'set', device, 'mtu', MTU, 'up']);
}

export const openvpn: WayMaker = async (hosts, directory) => {
  if (!has('openvpn') || !has('openssl')) return 'openvpn is not installed';
  const file = (side: Side, kind: string): string => join(directory, `openvpn-${side}.${kind}`);
  const print: Partial<Record<Side, string>> = {};
  for (const side of ['near', 'far'] as const) {
    const certificate = [
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ];
    const subject = ['-subj', `/CN=${side}`, '-keyout', file(side, 'key'), '-out', file(side, 'crt')];
    run('openssl', ['req', ...certificate, ...subject]);
    const line = run('openssl', ['x509', '-in', file(side, 'crt'), '-noout', '-fingerprint', '-sha256']);
    print[side] = line.trim().split('=')[1] ?? '';
  }
  const programs = (['far', 'near'] as const).map((side) => {
    const other: Side = side === 'near' ? 'far' : 'near';
    const [own, peer] = side === 'near' ? ['10.98.2.1', '10.98.2.2'] : ['10.98.2.2', '10.98.2.1'];
    const role =
      side === 'far' ? ['--tls-server', '--dh', 'none'] : ['--tls-client', '--remote', ADDRESS.far];
    const keys = [
      '--cert',
      file(side, 'crt'),
      '--key',
      file(side, 'key'),
      '--peer-fingerprint',
      print[other] ?? '',
    ];
    const link = [
      '--dev',
      `ov${side}`,
      '--dev-type',
      'tun',
      '--proto',
      'udp',
      '--ifconfig',
      own,
      peer,
      '--tun-mtu',
      MTU,
    ];
    const cipher = ['--cipher', 'AES-256-GCM', '--data-ciphers', 'AES-256-GCM', '--verb', '1'];
    return hosts.start(side, 'openvpn', [...role, ...keys, ...link, ...cipher]);
  });
  await untilReachable(hosts, '10.98.2.2');
  return straight('openvpn', '10.98.2.2', async () => {
    for (const program of programs) await program.stop();
  });
};

export const sshTun: WayMaker = async (hosts, directory) => {
  if (!has('/usr/sbin/sshd')) return 'openssh-server is not installed';
  const at = (name: string): string => join(directory, name);
  for (const name of ['ssh_host', 'ssh_user'])
    run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)]);
  const settings = [
    `HostKey ${at('ssh_host')}`,
    `AuthorizedKeysFile ${at('ssh_user.pub')}`,
    'PermitRootLogin prohibit-password',
    'PermitTunnel yes',
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
  ];
  writeFileSync(at('sshd_config'), `${settings.join('\n')}\n`);
  writeFileSync(at('ssh_known'), `${ADDRESS.far} ${readFileSync(at('ssh_host.pub'), 'utf8')}`);
  run('mkdir', ['-p', '/run/sshd']);
  const server = hosts.start('far', '/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd_config'), '-p', '22']);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const options = ['-F', 'none', '-o', `UserKnownHostsFile=${at('ssh_known')}`, '-o', 'BatchMode=yes'];
  const client = hosts.start('near', 'ssh', [
    ...options,
    '-i',
    at('ssh_user'),
    '-N',
    '-w',
    '70:71',
    `root@${ADDRESS.far}`,
  ]);
  for (const [side, device] of [
    ['near', 'tun70'],
    ['far', 'tun71'],
  ] as const) {
    hosts.runOn(side, 'sh', [
      '-c',
      `for i in $(seq 100); do ip link show ${device} >/dev/null 2>&1 && exit; sleep 0.05; done; exit 1`,
    ]);
    addAddress(hosts, side, device, '10.98.3');
  }
  await untilReachable(hosts, '10.98.3.2');
  return straight('ssh -w', '10.98.3.2', async () => {
    await client.stop();
    await server.stop();
  });
};
