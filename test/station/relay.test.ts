import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeReports } from '../../src/net/protocol/rtcp.ts';
import { routeReport, routeVoice } from '../../src/station/relay.ts';
import { Rooms } from '../../src/station/rooms.ts';
import { reportOn, voiceFrame } from './raw-client.ts';

function roomOf(...ids: number[]): Rooms {
  const rooms = new Rooms();
  for (const id of ids) {
    rooms.enter(id, `m${id}`);
    rooms.join(id, 'lobby');
    rooms.setVoiceRoom(id, 'lobby');
  }
  return rooms;
}

describe('routeVoice', () => {
  it('names those whose voice is in the room', () => {
    expect(routeVoice(roomOf(7, 8, 9), 7, voiceFrame(7, 1))).toEqual([7, 8, 9]);
  });

  it('tells why a frame goes nowhere', () => {
    const rooms = roomOf(7, 8);
    rooms.enter(9, 'quiet');
    expect(routeVoice(rooms, 7, voiceFrame(8, 1))).toBe('spoofed');
    expect(routeVoice(rooms, 7, new Uint8Array(100))).toBe('malformed');
    expect(routeVoice(rooms, 9, voiceFrame(9, 1))).toBe('roomless');
    expect(routeVoice(rooms, 10, voiceFrame(10, 1))).toBe('roomless');
  });

  it('lets nothing through that is not a frame of its speaker', () => {
    const rooms = roomOf(7, 8);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1300 }), (bytes) => {
        expect(['malformed', 'spoofed']).toContain(routeVoice(rooms, 7, bytes));
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  it('sends the echo room’s voices to the echo', () => {
    const rooms = new Rooms();
    rooms.enter(7, 'ann');
    rooms.join(7, 'echo');
    rooms.setVoiceRoom(7, 'echo');
    expect(routeVoice(rooms, 7, voiceFrame(7, 1))).toBe('echo');
  });

  it('gives a member its own voice back, at once or later, until that ends or it is gone', () => {
    const rooms = roomOf(7, 8);
    rooms.setLoopback(7, 'direct');
    expect(routeVoice(rooms, 7, voiceFrame(7, 1))).toBe('mirror');
    expect(routeVoice(rooms, 7, voiceFrame(8, 1))).toBe('spoofed');
    expect(routeVoice(rooms, 8, voiceFrame(8, 1))).toEqual([7, 8]);
    rooms.setLoopback(7, 'delayed');
    expect(routeVoice(rooms, 7, voiceFrame(7, 1))).toBe('echo');
    rooms.setLoopback(7, 'off');
    expect(routeVoice(rooms, 7, voiceFrame(7, 1))).toEqual([7, 8]);
    rooms.setLoopback(7, 'direct');
    rooms.disconnect(7);
    expect(rooms.loopbackOf(7)).toBe('off');
    expect(() => rooms.setLoopback(7, 'direct')).toThrow();
  });
});

describe('routeReport', () => {
  it('names those of the room whom it speaks of, and nobody else', () => {
    const rooms = roomOf(7, 8, 9);
    rooms.enter(10, 'elsewhere');
    rooms.join(10, 'attic');
    rooms.setVoiceRoom(10, 'attic');
    expect(routeReport(rooms, 7, reportOn(7, [8]))).toEqual([8]);
    expect(routeReport(rooms, 7, reportOn(7, [9, 8, 10, 11]))).toEqual([8, 9]);
    expect(routeReport(rooms, 7, reportOn(7, [11]))).toEqual([]);
  });

  it('tells why a report goes nowhere', () => {
    const rooms = roomOf(7, 8);
    rooms.enter(9, 'quiet');
    expect(routeReport(rooms, 7, reportOn(8, [7]))).toBe('spoofed');
    expect(routeReport(rooms, 7, reportOn(7, [8]).subarray(0, 60))).toBe('malformed');
    expect(routeReport(rooms, 9, reportOn(9, [8]))).toBe('roomless');
    expect(routeReport(rooms, 7, encodeReports({ reporter: 7, reports: [] }))).toBe('malformed');
  });
});
