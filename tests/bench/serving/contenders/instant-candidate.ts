/**
 * A candidate that costs nothing: it answers every forwarded request at once with the same text, so that what is
 * measured is the champion's own cost of forwarding.
 */
import { createServer } from 'node:http';

import { HEADERS } from '../../../../serving/contract/http.ts';

const [port = '', digest = '', answer = ''] = process.argv.slice(2);
const headers = { 'content-type': 'application/json', [HEADERS.version]: '2.0.0', [HEADERS.digest]: digest };
createServer((request, response) => {
  request.resume();
  response.writeHead(200, headers).end(answer);
}).listen(Number(port), '127.0.0.1');
