/** Holds a station's database until stdin ends. Usage: hold.ts FILE */
import { StationStore } from '../../../src/store/station.ts';

const store = new StationStore(process.argv[2] ?? '');
console.log('held');
process.stdin.on('end', () => store.close()).resume();
