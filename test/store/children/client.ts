/** Opens a client's database and saves messages of its own. Usage: client.ts FILE NAME */
import { ClientStore } from '../../../src/store/client.ts';

const [file = '', name = ''] = process.argv.slice(2);
const store = new ClientStore(file);
for (let seq = 1; seq <= 20; seq++) {
  const body = Buffer.from(`hello ${seq}`);
  store.saveMessages(name, [
    { room: 'lobby', seq, id: `${name}-${seq}`, from: name, at: seq, type: 'text/plain', key: null, body },
  ]);
}
store.close();
