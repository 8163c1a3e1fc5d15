import { describe, expect, it } from '@jest/globals';
import { parseOptions, STRATEGIES, USAGE, UsageError } from './args.ts';

const IMAGES = ['--image-prefix', 'registry.example.org/team', '--image-tag', 'v1'];

describe('options of the demo', () => {
  it('needs none: a local cluster', () => {
    expect(parseOptions([])).toEqual({
      help: false,
      strategy: 'canary',
      where: { cluster: 'Local' },
      prometheusUrl: 'http://prometheus.monitoring:9090',
      namespace: 'shop',
      after: undefined,
    });
  });

  it.each([[['--keep'], 'Keep'], [['--down'], 'Down']])('%j', (args, after) => {
    expect(parseOptions(args).after).toBe(after);
  });

  it.each(STRATEGIES)('takes --strategy %s, for either cluster, and lists it', (strategy) => {
    expect(parseOptions(['--strategy', strategy]).strategy).toBe(strategy);
    expect(parseOptions([`--strategy=${strategy}`, '--context', 'staging', ...IMAGES]).strategy).toBe(strategy);
    expect(USAGE).toMatch(new RegExp(`--strategy NAME .*\\b${strategy}\\b`));
  });

  it('takes a cluster by its context, with images and Prometheus', () => {
    const options = parseOptions(['--context', 'staging', ...IMAGES, '--prometheus', 'https://prom.example.org/', '--namespace', 'try']);
    expect(options).toMatchObject({
      where: { cluster: 'Other', context: 'staging', imagePrefix: 'registry.example.org/team/', imageTag: 'v1' },
      prometheusUrl: 'https://prom.example.org',
      namespace: 'try',
    });
  });

  it('--help needs nothing else to be right', () => {
    expect(parseOptions(['--help', '--context', 'staging']).help).toBe(true);
  });

  it.each([
    [['--fast'], /^Unknown option '--fast': “npm run demo -- --help” lists the options\.$/],
    [['now'], /^Unexpected argument 'now'.*--help/],
    [['--context'], /argument missing.*--help/],
    [['--context', ''], /--context needs a name/],
    [['--context', 'staging'], /cannot see the images on this machine.*--image-prefix PREFIX --image-tag TAG\.$/],
    [['--image-tag', 'v1'], /^--image-tag applies to an existing cluster only: give --context NAME too\.$/],
    [['--strategy', 'BlueGreen'], /^Unknown strategy “BlueGreen”: --strategy takes canary, bluegreen or shadow\.$/],
    [['--strategy'], /argument missing.*--help/],
    [['--keep', '--down'], /mutually exclusive/],
    [['--namespace', 'My Shop'], /“My Shop” is not a valid namespace name/],
    [['--context', 'staging', ...IMAGES, '--prometheus', 'monitoring:9090'], /not an http/],
  ])('%j is refused in one sentence', (args, sentence) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(sentence);
  });
});
