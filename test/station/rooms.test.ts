import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_ROOMS_PER_MEMBER, type Member } from '../../src/net/control/schema.ts';
import { type Delivery, type Lamp, MAX_MEMBERS_PER_ROOM, Rooms } from '../../src/station/rooms.ts';

/** What shows of a member: whether it talks, records and keeps the last seconds. */
interface Lit {
  name: string;
  talking: boolean;
  recording: boolean;
  replay: boolean;
}

const lit = ({ name, talking, recording = false, replay = false }: Member): Lit => ({
  name,
  talking,
  recording,
  replay,
});

/** What each member would believe about who is in its rooms, from answers and notifications alone. */
class Believer {
  readonly rooms = new Map<string, Map<number, Lit>>();

  take({ notification }: Delivery): void {
    const { method, params } = notification;
    if (method === 'room.joined') {
      this.rooms.get(params.room)!.set(params.member.id, lit(params.member));
    } else if (method === 'room.left') {
      expect(this.rooms.get(params.room)!.delete(params.id)).toBe(true);
    } else if (method === 'member.talking') {
      this.rooms.get(params.room)!.get(params.id)!.talking = params.talking;
    } else if (method === 'voice.recording') {
      this.rooms.get(params.room)!.get(params.id)!.recording = params.recording;
    } else if (method === 'voice.replay') {
      this.rooms.get(params.room)!.get(params.id)!.replay = params.replay;
    }
  }
}

const ROOMS = ['a', 'b', 'c'];

type Step =
  | { do: 'enter' | 'disconnect'; id: number }
  | { do: 'join' | 'leave' | 'voice'; id: number; room: string }
  | { do: Lamp; id: number; on: boolean };

const id = fc.integer({ min: 1, max: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('enter' as const, 'disconnect' as const), id }),
  fc.record({
    do: fc.constantFrom('join' as const, 'join' as const, 'leave' as const, 'voice' as const),
    id,
    room: fc.constantFrom(...ROOMS),
  }),
  fc.record({ do: fc.constantFrom<Lamp>('talking', 'recording', 'replay'), id, on: fc.boolean() }),
);

class Model {
  readonly rooms = new Rooms();
  readonly believers = new Map<number, Believer>();

  run(action: Step): void {
    const known = this.believers.has(action.id);
    if (action.do === 'enter' && !known) {
      this.rooms.enter(action.id, `m${action.id}`);
      this.believers.set(action.id, new Believer());
    } else if (known) this.#send(this.#change(action));
  }

  #change(action: Step): Delivery[] {
    const { rooms } = this;
    switch (action.do) {
      case 'join':
        return this.#join(action.id, action.room);
      case 'leave':
        this.believers.get(action.id)!.rooms.delete(action.room);
        return rooms.leave(action.id, action.room);
      case 'voice':
        return rooms.idsIn(action.room).includes(action.id) ? rooms.setVoiceRoom(action.id, action.room) : [];
      case 'talking':
      case 'recording':
      case 'replay':
        return rooms.light(action.id, action.do, action.on);
      case 'disconnect':
        this.believers.delete(action.id);
        return rooms.disconnect(action.id);
      default:
        return [];
    }
  }

  #join(member: number, room: string): Delivery[] {
    const deliveries = this.rooms.join(member, room);
    const members = this.rooms.who(room).map((other) => [other.id, lit(other)] as const);
    this.believers.get(member)!.rooms.set(room, new Map(members));
    return deliveries;
  }

  #send(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) for (const to of delivery.to) this.believers.get(to)!.take(delivery);
  }

  check(): void {
    for (const [member, believer] of this.believers) {
      for (const room of ROOMS) {
        const truth = this.rooms.who(room);
        const believed = believer.rooms.get(room);
        expect(believed !== undefined).toBe(truth.some((other) => other.id === member));
        // One does not hear of one's own talking.
        const others = truth.filter((other) => other.id !== member);
        const seen = [...(believed ?? [])].filter(([other]) => other !== member);
        if (believed) {
          expect(new Map(seen)).toEqual(new Map(others.map((other) => [other.id, lit(other)])));
        }
        expect(this.rooms.voicesIn(room).includes(member)).toBe(this.rooms.voiceRoomOf(member) === room);
      }
    }
  }
}

describe('Rooms', () => {
  it('lets every member know at any time who is in its rooms, talks and keeps what is said, from notifications alone', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const model = new Model();
        for (const action of steps) {
          model.run(action);
          model.check();
        }
        for (const member of [...model.believers.keys()]) model.run({ do: 'disconnect', id: member });
        expect(model.rooms.size).toBe(0);
        expect(model.rooms.list()).toEqual([]);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('bounds the rooms of a member and the members of a room', () => {
    const rooms = new Rooms();
    rooms.enter(1, 'ann');
    for (let room = 0; room < MAX_ROOMS_PER_MEMBER; room += 1) rooms.join(1, `r${room}`);
    expect(() => rooms.join(1, 'more')).toThrow('leave one first');
    expect(rooms.join(1, 'r0')).toEqual([]);
    expect(rooms.list()).toHaveLength(MAX_ROOMS_PER_MEMBER);
    for (let id = 2; id <= MAX_MEMBERS_PER_ROOM; id += 1) {
      rooms.enter(id, `m${id}`);
      rooms.join(id, 'r0');
    }
    rooms.enter(9999, 'late');
    expect(() => rooms.join(9999, 'r0')).toThrow('is full');
  });

  it('puts nobody’s voice where its member is not', () => {
    const rooms = new Rooms();
    rooms.enter(1, 'ann');
    expect(() => rooms.setVoiceRoom(1, 'lobby')).toThrow('join it first');
    rooms.join(1, 'lobby');
    rooms.setVoiceRoom(1, 'lobby');
    expect(rooms.voicesIn('lobby')).toEqual([1]);
    rooms.setVoiceRoom(1, null);
    expect(rooms.voicesIn('lobby')).toEqual([]);
  });
});

describe('names', () => {
  it('change in all rooms of a member, and everybody there and its other connections hear it once', () => {
    const rooms = new Rooms();
    rooms.enter(1, 'bob', 'kb');
    rooms.enter(2, 'bob', 'kb');
    rooms.enter(3, 'ann', 'ka');
    rooms.enter(4, 'eve', 'ke');
    for (const room of ['a', 'b']) for (const id of [1, 3]) rooms.join(id, room);
    rooms.join(4, 'c');
    expect(rooms.rename(1, 'robert')).toEqual([
      {
        to: [1, 2, 3],
        notification: { method: 'member.renamed', params: { id: 1, key: 'kb', from: 'bob', to: 'robert' } },
      },
    ]);
    expect(rooms.rename(1, 'robert')).toEqual([]);
    expect([rooms.nameOf(1), rooms.nameOf(2), rooms.nameOf(9)]).toEqual(['robert', 'bob', undefined]);
    expect(rooms.who('b').map(({ name }) => name)).toEqual(['robert', 'ann']);
    expect(rooms.leave(1, 'a')).toMatchObject([{ notification: { params: { name: 'robert' } } }]);
  });

  it('are away together with their key', () => {
    const rooms = new Rooms();
    rooms.enter(1, 'bob', 'kb');
    rooms.enter(2, 'bob', 'kb');
    rooms.enter(3, 'ann', 'ka');
    rooms.join(2, 'a');
    rooms.join(3, 'a');
    const notification = { method: 'member.away', params: { key: 'kb', name: 'bob', text: 'lunch' } };
    expect(rooms.setAway(1, 'lunch')).toEqual([{ to: [1, 2, 3], notification }]);
    expect(rooms.setAway(2, 'lunch')).toEqual([]);
    expect(rooms.who('a')).toMatchObject([{ name: 'bob', away: 'lunch' }, { name: 'ann' }]);
    rooms.disconnect(1);
    expect(rooms.presence.awayOf('kb')).toBe('lunch');
    rooms.disconnect(2);
    expect(rooms.presence.awayOf('kb')).toBeNull();
  });
});
