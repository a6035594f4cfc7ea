/** What a check of the doctor says, and all the checks that there are. Pure. */
import type { ErrorCode } from '../errors.ts';

/** Every check by its stable name, in the order of the report, with what people call it. */
export const CHECKS = {
  'machine.node': 'Node',
  'machine.cipher': 'cipher',
  'machine.database': 'database',
  'machine.shell': 'shell tab',
  'sound.packages': 'sound packages',
  'sound.microphone': 'microphone',
  'sound.speaker': 'speaker',
  'terminal.keyboard': 'keyboard',
  'terminal.colors': 'colours',
  'terminal.characters': 'characters',
  'terminal.size': 'size',
  'files.config': 'configuration',
  'files.data': 'data directory',
  'files.history': 'history',
  'files.known-hosts': 'known hosts',
  'files.identity': 'your key',
  'path.name': 'name',
  'path.tcp': 'TCP',
  'path.ssh': 'SSH',
  'path.host-key': 'host key',
  'path.login': 'login',
  'path.hello': 'station',
  'path.udp': 'UDP',
  'path.further-udp': 'further UDP',
  'path.stream': 'inside SSH',
  'path.round-trip': 'round trip',
  'path.loss': 'loss',
  'path.mtu': 'datagram size',
  'path.dscp': 'priority',
  'path.tls': 'inside TLS',
} as const;
export type CheckId = keyof typeof CHECKS;

export const AREAS = {
  machine: 'This machine',
  sound: 'Sound',
  terminal: 'Terminal',
  files: 'Files',
  path: 'The way to the station',
} as const;
export type Area = keyof typeof AREAS;

/** What was measured, for programs: plain data. docs/doctor.md lists the names. */
export type Facts = Readonly<Record<string, unknown>>;

interface Found {
  readonly id: CheckId;
  /** One line. */
  readonly text: string;
  readonly facts: Facts;
}

/**
 * `ok`; `warning`: calls work, but not as well as they could, or not by voice; `failure`: no call, and the code decides the
 * exit status.
 */
export type Check =
  | (Found & { readonly status: 'ok' })
  | (Found & { readonly status: 'warning'; readonly fix: string })
  | (Found & { readonly status: 'failure'; readonly fix: string; readonly code: ErrorCode });
export type Status = Check['status'];

export function ok(id: CheckId, text: string, facts: Facts = {}): Check {
  return { id, status: 'ok', text, facts };
}

export function warning(id: CheckId, text: string, fix: string, facts: Facts = {}): Check {
  return { id, status: 'warning', text, fix, facts };
}

export function failure(id: CheckId, code: ErrorCode, text: string, fix: string, facts: Facts = {}): Check {
  return { id, status: 'failure', code, text, fix, facts };
}

/** The area that a check belongs to. */
export function areaOf(id: CheckId): Area {
  return id.slice(0, id.indexOf('.')) as Area;
}
