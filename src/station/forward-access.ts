/** What each key may forward: the station's rules, or those that authorized_keys says for the key; and how a refusal reads. */
import { VoiptermError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type AccessRule, mayListen, parseListenRule, parseReachRule } from '../net/forward/access.ts';
import { parseIp } from '../net/forward/ip-address.ts';
import { formatHostPort, type HostPort, type Protocol } from '../net/forward/spec.ts';
import type { KeyPermissions } from '../store/authorized-keys.ts';

export interface ForwardRules {
  /** HOST:PORT[/udp] that everybody may reach. */
  readonly forward: readonly string[];
  /** [BIND:]PORT[/udp] on which everybody may have the station listen. */
  readonly listen: readonly string[];
}

export interface ForwardRights {
  readonly reach: readonly AccessRule[];
  readonly listen: readonly AccessRule[];
  /** The options of the key say so, not the station's own rules. */
  readonly byKey: { readonly reach: boolean; readonly listen: boolean };
  /** Roles of this kind forward nothing here. */
  readonly byRole?: true;
}

/** Tells the permissions of a key by its fingerprint, if authorized_keys names it. */
export type PermissionsOf = (fingerprint: string) => KeyPermissions | undefined;

export class ForwardAccess {
  #station: ForwardRights;
  readonly #permissionsOf: PermissionsOf;
  /** Whether a key's role is one that may forward. */
  readonly #mayForward: (fingerprint: string) => boolean;
  readonly #log: Logger;
  /** The file gives out the same object until it changes. */
  #known = new WeakMap<KeyPermissions, ForwardRights>();

  /** @throws VoiptermError 'usage.invalid' for a rule that makes no sense. */
  constructor(
    rules: ForwardRules,
    permissionsOf: PermissionsOf,
    log: Logger,
    mayForward: (fingerprint: string) => boolean = () => true,
  ) {
    this.#station = rightsFor(rules);
    this.#mayForward = mayForward;
    this.#permissionsOf = permissionsOf;
    this.#log = log;
  }

  /** Other rules from now on; what is open stays. Throws as the constructor, and then the old rules stay. */
  setRules(rules: ForwardRules): void {
    this.#station = rightsFor(rules);
    this.#known = new WeakMap();
  }

  /** What a key may do now: a changed authorized_keys counts at once. */
  rightsOf(fingerprint: string): ForwardRights {
    const permissions = this.#permissionsOf(fingerprint);
    const rights = permissions ? this.#knownOf(permissions) : this.#station;
    return this.#mayForward(fingerprint) ? rights : onlyByKey(rights);
  }

  #knownOf(permissions: KeyPermissions): ForwardRights {
    const known = this.#known.get(permissions) ?? this.#read(permissions);
    this.#known.set(permissions, known);
    return known;
  }

  /** Whether a key may reach anything at all through the station. */
  mayReachAny(fingerprint: string): boolean {
    return this.rightsOf(fingerprint).reach.length > 0;
  }

  /** Whether a key may forward anything at all. */
  permitsAny(fingerprint: string): boolean {
    const { reach, listen } = this.rightsOf(fingerprint);
    return reach.length > 0 || listen.length > 0;
  }

  #read({ forwarding, permitOpen, permitListen }: KeyPermissions): ForwardRights {
    if (!forwarding) return { reach: [], listen: [], byKey: { reach: true, listen: true } };
    return {
      reach: permitOpen ? this.#parse(permitOpen, parseReachRule) : this.#station.reach,
      listen: permitListen ? this.#parse(permitListen, parseListenRule) : this.#station.listen,
      byKey: { reach: permitOpen !== null, listen: permitListen !== null },
    };
  }

  /** A rule that makes no sense permits nothing, and the others still count. */
  #parse(texts: readonly string[], parse: (text: string) => AccessRule): AccessRule[] {
    return texts.flatMap((text) => {
      try {
        return [parse(text)];
      } catch (error) {
        this.#log.warn('authorized keys: a permitopen or permitlisten permits nothing', {
          reason: error instanceof Error ? error.message : '',
        });
        return [];
      }
    });
  }
}

function rightsFor({ forward, listen }: ForwardRules): ForwardRights {
  return {
    reach: forward.map(parseReachRule),
    listen: listen.map(parseListenRule),
    byKey: { reach: false, listen: false },
  };
}

/** A role that may not forward has only what the operator gave to its key by name. */
function onlyByKey({ reach, listen, byKey }: ForwardRights): ForwardRights {
  return { reach: byKey.reach ? reach : [], listen: byKey.listen ? listen : [], byKey, byRole: true };
}

const BY_ROLE = 'your role at this station forwards nothing (station.may_forward of its operator)';

/** @throws VoiptermError 'forward.refused' unless a rule lets the station listen there. */
export function requireListen(rights: ForwardRights, bind: string, port: number, protocol: Protocol): void {
  const isAddress = ['', '*', 'localhost'].includes(bind) || parseIp(bind) !== undefined;
  if (isAddress && mayListen(rights.listen, { host: bind, port, protocol })) return;
  const shown = bind === '' || bind === '*' ? '*' : bind;
  const where = suffixed(formatHostPort({ host: shown, port }), protocol);
  const rule = suffixed(shown === 'localhost' ? `${port}` : formatHostPort({ host: shown, port }), protocol);
  if (rights.byRole && !rights.byKey.listen) {
    throw new VoiptermError(
      'forward.refused',
      `This station does not listen on ${where} for you: ${BY_ROLE}.`,
    );
  }
  throw new VoiptermError(
    'forward.refused',
    rights.byKey.listen
      ? `This station does not listen on ${where} for you: the options of your key in its authorized_keys do not permit it.`
      : `This station does not listen on ${where} for you: ask its operator to allow it (serve --allow-listen ${rule}).`,
  );
}

/** The refusal of a destination. */
export function reachRefusal(rights: ForwardRights, to: HostPort, protocol: Protocol): VoiptermError {
  const where = suffixed(formatHostPort(to), protocol);
  if (rights.byRole && !rights.byKey.reach) {
    return new VoiptermError('forward.refused', `This station does not let you reach ${where}: ${BY_ROLE}.`);
  }
  return new VoiptermError(
    'forward.refused',
    rights.byKey.reach
      ? `This station does not let you reach ${where}: the options of your key in its authorized_keys do not permit it.`
      : `This station does not let you reach ${where}: ask its operator to allow it (serve --allow-forward ${where}).`,
  );
}

function suffixed(text: string, protocol: Protocol): string {
  return protocol === 'udp' ? `${text}/udp` : text;
}
