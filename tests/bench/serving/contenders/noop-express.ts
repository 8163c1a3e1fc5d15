/** The HTTP floor: Express with one route that does nothing. */
import express from 'express';

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.post('/recommend', (_request, response) => {
  response.json({});
});
app.listen(Number(process.argv[2]), '127.0.0.1');
