/**
 * A candidate that costs nothing: it answers every forwarded request at once with the same text, so that what is
 * measured is the champion's own cost of forwarding. Given a time in ms, it takes that long for each.
 */
import { createServer } from 'node:http';

import { HEADERS } from '../../../../serving/contract.ts';

const [port = '', digest = '', answer = '', delay = '0'] = process.argv.slice(2);
const headers = { 'content-type': 'application/json', [HEADERS.version]: '2.0.0', [HEADERS.digest]: digest };
createServer((request, response) => {
  request.resume();
  const end = () => void response.writeHead(200, headers).end(answer);
  // Whoever asks whether it is there hears at once.
  if (delay === '0' || request.method === 'GET') end();
  else setTimeout(end, Number(delay));
}).listen(Number(port), '127.0.0.1');
