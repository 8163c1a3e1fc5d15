import { Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import { EXIT } from '../../../serving/contract/env.ts';
import { mebibytes } from '../terminal/table.ts';
import { fromMlflow, type FromMlflowOptions } from './from-mlflow.ts';
import { described, inspect } from './inspect.ts';
import { pack, type Packed, type PackOptions } from './pack.ts';
import { serve } from './serve.ts';
import { verified, type VerifyOptions } from './verify.ts';

const tell = (line: string) => console.error(line);

/** `recommender bundle …` */
export function bundleCommand(): Command {
  return new Command('bundle')
    .description('Bundles: a model and all that is needed to serve it, in one folder pinned by one digest.')
    .addCommand(packCommand())
    .addCommand(verifyCommand())
    .addCommand(inspectCommand())
    .addCommand(serveCommand())
    .addCommand(fromMlflowCommand());
}

function packCommand(): Command {
  return new Command('pack')
    .description('Make a bundle of a folder: fill in the manifest, answer the golden requests, measure every file, check the result.')
    .argument('<dir>', 'folder with the graph and its companions')
    .option('--manifest <file>', 'draft of the manifest, without files (default: bundle.yaml or recommender.yaml in the folder)')
    .option('--model <name>', 'name of the model')
    .option('--version <version>', 'semantic version, e.g. 2.3.0')
    .option('--task <task>', 'user-to-items, items-to-items, text-to-items or text-to-classes')
    .option('--metric <name=value>', 'offline measure, e.g. ndcg@10=0.41; may be repeated', metrics)
    .option('--golden-requests <file>', 'requests to answer, one JSON object a line; without it and golden.jsonl some are made up')
    .option('--out <dir>', 'where to write the bundle (default: into the folder itself)')
    .option('--uri <uri>', 'where it will be published, for the release that is printed', address)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', examples(
      'recommender bundle pack model --model books --version 2.3.0 --task user-to-items',
      'recommender bundle pack model --golden-requests requests.jsonl --out bundle --uri s3://models/books/2.3.0/',
    ))
    .action(async (dir: string, options: PackOptions & Shown & { uri?: string }) => {
      const packed = await pack(dir, options, tell);
      console.log(options.json ? JSON.stringify({ ...packed, release: releaseOf(packed, options.uri) }) : releaseText(packed, options.uri));
    });
}

function verifyCommand(): Command {
  return new Command('verify')
    .description(`Check a bundle as the cluster does before it releases one. Exit codes: ${EXIT.ok} passed, ${EXIT.unavailable} could not be checked, ${EXIT.invalid} can never pass.`)
    .argument('<dir|uri>', 'folder, or s3://, https:// or http:// address')
    .option('--digest <digest>', 'sha256:… that it must have')
    .option('--version <version>', 'version that it must have')
    .option('--endpoint <url>', 'S3 storage other than AWS (default: AWS_ENDPOINT_URL_S3)')
    .option('--region <region>', 'region of S3 storage (default: AWS_REGION)')
    .option('--allow-host <host...>', 'further hosts that redirects may lead to')
    .option('--memory <MiB>', 'memory to try the model in, e.g. the limit of your pods, at least 192 (default: all there is)', wholeNumber)
    .option('--json', 'print the report as JSON')
    .addHelpText('after', examples(
      'recommender bundle verify bundle',
      'recommender bundle verify s3://models/books/2.3.0/ --digest sha256:… --memory 512',
    ))
    .action(async (target: string, options: VerifyOptions & Shown) => {
      const { report, digest } = await verified(target, options);
      const { result, reason, message } = report;
      const text = `${result}${result === 'Passed' ? '' : ` (${reason})`}: ${message}${digest === undefined ? '' : `\n${digest}`}`;
      console.log(options.json ? JSON.stringify({ ...report, digest }) : text);
      process.exitCode = { Passed: EXIT.ok, Unavailable: EXIT.unavailable, Invalid: EXIT.invalid }[result];
    });
}

function inspectCommand(): Command {
  return new Command('inspect')
    .description('Show what a bundle, the draft of one or an ONNX file says of itself, without running it.')
    .argument('<dir|file>', 'folder, or .onnx file')
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples('recommender bundle inspect bundle', 'recommender bundle inspect model.onnx --json'))
    .action(async (target: string, options: Shown) => {
      const found = await inspect(target);
      console.log(options.json ? JSON.stringify(found) : described(found));
    });
}

function serveCommand(): Command {
  return new Command('serve')
    .description('Serve a packed bundle on this machine as a pod would, until Ctrl-C.')
    .argument('<dir>', 'folder of the bundle')
    .option('--port <port>', 'port to listen on', wholeNumber, 8080)
    .addHelpText('after', examples('recommender bundle serve bundle --port 8080'))
    .action(async (dir: string, { port }: { port: number }) => {
      process.exitCode = await serve(dir, port, tell);
    });
}

function fromMlflowCommand(): Command {
  return new Command('from-mlflow')
    .description("Write the draft of a bundle from a folder of MLflow's ONNX flavour, and say what is missing still.")
    .argument('<dir>', 'folder that holds the file MLmodel')
    .requiredOption('--out <dir>', 'where to write the draft')
    .requiredOption('--model <name>', 'name of the model')
    .requiredOption('--version <version>', 'semantic version, e.g. 2.3.0')
    .requiredOption('--task <task>', 'user-to-items, items-to-items, text-to-items or text-to-classes')
    .option('--metric <name=value>', 'offline measure, e.g. ndcg@10=0.41; may be repeated', metrics)
    .addHelpText('after', examples('recommender bundle from-mlflow mlruns/1/models/m-1/artifacts --out bundle --model books --version 2.3.0 --task user-to-items'))
    .action(async (dir: string, options: FromMlflowOptions) => {
      const { missing } = await fromMlflow(dir, options);
      console.log(`The draft is in ${options.out}.`);
      for (const sentence of missing) console.log(`- ${sentence}`);
      console.log(`${missing.length === 0 ? 'Now' : 'Then'} run: npx recommender bundle pack ${options.out}`);
    });
}

interface Shown {
  json?: boolean;
}

const UNPUBLISHED = 'WHERE-YOU-PUBLISH-IT';

function releaseOf({ version, digest }: Packed, uri = UNPUBLISHED) {
  return { version, uri: uri.endsWith('/') ? uri : `${uri}/`, digest };
}

function releaseText(packed: Packed, uri: string | undefined): string {
  tell(`${packed.dir}: ${packed.files} files, ${mebibytes(packed.bytes)}. For the RecommenderModel:`);
  return stringify({ release: releaseOf(packed, uri) }, { lineWidth: 0 }).trimEnd();
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  npx ${line}`).join('\n')}`;
}

function metrics(text: string, before: Record<string, number> = {}): Record<string, number> {
  const [, name, value] = /^(.+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined || !Number.isFinite(Number(value))) throw new InvalidArgumentError('It is written NAME=NUMBER.');
  return { ...before, [name]: Number(value) };
}

function address(text: string): string {
  if (!/^(https?|s3|pvc):\/\/[^/]/.test(text)) throw new InvalidArgumentError('It is an address: https://…/, http://…/, s3://BUCKET/PREFIX/ or pvc://CLAIM/PATH/.');
  return text;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}
