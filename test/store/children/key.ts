/** Loads or makes a key and prints whether it made it, and its fingerprint. Usage: key.ts FILE */
import { loadOrCreateKey } from '../../../src/store/identity.ts';

const { created, fingerprint } = loadOrCreateKey(process.argv[2] ?? '', 'race');
console.log(`${created} ${fingerprint}`);
