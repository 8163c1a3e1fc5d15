import { Command, InvalidArgumentError } from 'commander';
import { stringify } from 'yaml';
import { EXIT } from '../../../serving/contract/env.ts';
import { mebibytes } from '../terminal/table.ts';
import type { FromMlflowOptions } from './from-mlflow.ts';
import type { Packed, PackOptions } from './pack.ts';
import type { VerifyOptions } from './verify.ts';

const progress = (line: string) => console.error(line);

/** `recommender bundle …`. What a command does is loaded when it runs: the runtime of models takes long to load. */
export function bundleCommand(): Command {
  return new Command('bundle')
    .description('Work with bundles: a model and everything needed to serve it, in one folder pinned by one digest.')
    .addCommand(packCommand())
    .addCommand(verifyCommand())
    .addCommand(inspectCommand())
    .addCommand(serveCommand())
    .addCommand(fromMlflowCommand());
}

function packCommand(): Command {
  return new Command('pack')
    .description('Turn a folder into a bundle: complete the manifest, record golden answers, hash every file, and validate the result.')
    .argument('<dir>', 'folder with the ONNX graph and its companion files')
    .option('--manifest <file>', 'draft of the manifest, without files (default: bundle.yaml or recommender.yaml in the folder)')
    .option('--model <name>', 'name of the model')
    .option('--version <version>', 'semantic version, e.g. 2.3.0')
    .option('--task <task>', TASKS)
    .option('--metric <name=value>', 'offline metric, e.g. ndcg@10=0.41; can be repeated', metrics)
    .option('--golden-requests <file>', 'requests to answer, one JSON object per line (default: golden.jsonl, otherwise generated)')
    .option('--out <dir>', 'where to write the bundle (default: the folder itself)')
    .option('--uri <uri>', 'where the bundle will be published, for the release that is printed', address)
    .option('--json', 'print the result as JSON')
    .addHelpText('after', examples(
      'recommender bundle pack model --model books --version 2.3.0 --task user-to-items',
      'recommender bundle pack model --golden-requests requests.jsonl --out bundle --uri s3://models/books/2.3.0/',
    ))
    .action(async (dir: string, options: PackOptions & Printed & { uri?: string }) => {
      const { pack } = await import('./pack.ts');
      const packed = await pack(dir, options, progress);
      if (!options.json) progress(`${packed.dir}: ${packed.files} files, ${mebibytes(packed.bytes)}. Copy this into the RecommenderModel:`);
      const release = releaseOf(packed, options.uri);
      console.log(options.json ? JSON.stringify({ ...packed, release }) : stringify({ release }, { lineWidth: 0 }).trimEnd());
    });
}

function verifyCommand(): Command {
  const codes = `${EXIT.ok} passed, ${EXIT.unavailable} could not be checked, ${EXIT.invalid} can never pass`;
  return new Command('verify')
    .description(`Run the checks that the cluster runs before it releases a bundle. Exit codes: ${codes}.`)
    .argument('<dir|uri>', 'folder, or s3://, https:// or http:// address')
    .option('--digest <digest>', 'expected digest, sha256:…')
    .option('--version <version>', 'expected version')
    .option('--endpoint <url>', 'S3-compatible storage other than AWS (default: AWS_ENDPOINT_URL_S3)')
    .option('--region <region>', 'S3 region (default: AWS_REGION)')
    .option('--allow-host <host...>', 'additional hosts that redirects may lead to')
    .option('--memory <MiB>', 'memory limit in MiB for the trial run, at least 192 (default: none)', wholeNumber)
    .option('--json', 'print the report as JSON')
    .addHelpText('after', examples(
      'recommender bundle verify bundle',
      'recommender bundle verify s3://models/books/2.3.0/ --digest sha256:… --memory 512',
    ))
    .action(async (target: string, options: VerifyOptions & Printed) => {
      const { verify } = await import('./verify.ts');
      const { report, digest } = await verify(target, options);
      const { result, reason, message } = report;
      const text = `${result}${result === 'Passed' ? '' : ` (${reason})`}: ${message}${digest === undefined ? '' : `\n${digest}`}`;
      console.log(options.json ? JSON.stringify({ ...report, digest }) : text);
      process.exitCode = { Passed: EXIT.ok, Unavailable: EXIT.unavailable, Invalid: EXIT.invalid }[result];
    });
}

function inspectCommand(): Command {
  return new Command('inspect')
    .description('Show the contents of a bundle, a draft or an ONNX file without running the model.')
    .argument('<dir|file>', 'folder or .onnx file')
    .option('--json', 'print the contents as JSON')
    .addHelpText('after', examples('recommender bundle inspect bundle', 'recommender bundle inspect model.onnx --json'))
    .action(async (target: string, options: Printed) => {
      const { describeBundle, inspect } = await import('./inspect.ts');
      const found = await inspect(target);
      console.log(options.json ? JSON.stringify(found) : describeBundle(found));
    });
}

function serveCommand(): Command {
  return new Command('serve')
    .description('Serve a packed bundle on this machine as a pod would, until Ctrl-C.')
    .argument('<dir>', 'folder of the bundle')
    .option('--port <port>', 'port to listen on', wholeNumber, 8080)
    .addHelpText('after', examples('recommender bundle serve bundle --port 8080'))
    .action(async (dir: string, { port }: { port: number }) => {
      const { serve } = await import('./serve.ts');
      process.exitCode = await serve(dir, port, progress);
    });
}

function fromMlflowCommand(): Command {
  return new Command('from-mlflow')
    .description('Draft a bundle from a model saved in the ONNX flavor of MLflow, and list what is still missing.')
    .argument('<dir>', 'folder that contains the MLmodel file')
    .requiredOption('--out <dir>', 'where to write the draft')
    .requiredOption('--model <name>', 'name of the model')
    .requiredOption('--version <version>', 'semantic version, e.g. 2.3.0')
    .requiredOption('--task <task>', TASKS)
    .option('--metric <name=value>', 'offline metric, e.g. ndcg@10=0.41; can be repeated', metrics)
    .addHelpText('after', examples(
      'recommender bundle from-mlflow mlruns/1/models/m-1/artifacts --out bundle --model books --version 2.3.0 --task user-to-items',
    ))
    .action(async (dir: string, options: FromMlflowOptions) => {
      const { fromMlflow } = await import('./from-mlflow.ts');
      const { missing } = await fromMlflow(dir, options);
      console.log(`Wrote a draft to ${options.out}.`);
      for (const sentence of missing) console.log(`- ${sentence}`);
      console.log(`${missing.length === 0 ? 'Now' : 'Then'} run: npx recommender bundle pack ${options.out}`);
    });
}

interface Printed {
  json?: boolean;
}

const TASKS = 'user-to-items, items-to-items, text-to-items, context-to-items, text-to-classes or context-to-classes';
const UNPUBLISHED = 'WHERE-YOU-PUBLISH-IT';

function releaseOf({ version, digest }: Packed, uri = UNPUBLISHED) {
  return { version, uri: uri.endsWith('/') ? uri : `${uri}/`, digest };
}

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  npx ${line}`).join('\n')}`;
}

function metrics(text: string, before: Record<string, number> = {}): Record<string, number> {
  const [, name, value] = /^(.+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined || !Number.isFinite(Number(value))) {
    throw new InvalidArgumentError('Expected NAME=NUMBER.');
  }
  return { ...before, [name]: Number(value) };
}

function address(text: string): string {
  if (/^(https?|s3|pvc):\/\/[^/]/.test(text)) return text;
  throw new InvalidArgumentError('Expected https://HOST/PATH/, http://HOST/PATH/, s3://BUCKET/PREFIX/ or pvc://CLAIM/PATH/.');
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected a positive whole number.');
  return Number(text);
}
