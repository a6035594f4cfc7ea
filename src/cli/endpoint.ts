/** The file by which a client on the same machine finds a station. */

/** In the data directory while a station runs there: where it listens, as a line of JSON. */
export const ENDPOINT_FILE = 'endpoint.json';
