import { describe, expect, it } from '@jest/globals';
import { labelFault, orderFault, probabilityFault } from './classes.ts';

const answer = (label: string | undefined, ...classes: [string, number][]) =>
  ({ label, classes: classes.map(([name, probability]) => ({ label: name, probability })) });

describe('the order of the classes', () => {
  it('is compared with the labels that a classifier of the graph names', () => {
    expect(orderFault(['reise', 'essen', 'sport'], ['essen', 'reise', 'sport'])).toBe(
      'has "reise" at place 1, where the graph has "essen": write the labels in the order of model.classes_.',
    );
    expect(orderFault(['essen', 'reise'], ['essen', 'reise'])).toBeUndefined();
  });

  it('is not compared with numbers that stand for the labels, nor with nothing', () => {
    expect(orderFault(['essen', 'reise'], ['0', '1'])).toBeUndefined();
    expect(orderFault(['essen', 'reise'], undefined)).toBeUndefined();
  });
});

describe('the label that a graph gives beside its probabilities', () => {
  it('shows that classes are in another order', () => {
    const answers = [answer('reise', ['essen', 0.7], ['reise', 0.3]), answer('essen', ['reise', 0.9], ['essen', 0.1])];
    expect(labelFault(answers)).toBe('has "essen" for the column where the graph itself answers "reise": write the labels in the order of model.classes_.');
  });

  it('may differ from the best class by a threshold of its own', () => {
    const answers = [answer('fraud', ['ok', 0.7], ['fraud', 0.3]), answer('ok', ['ok', 0.95], ['fraud', 0.05])];
    expect(labelFault(answers)).toBeUndefined();
  });

  it('may be a number that no class is called by, or missing', () => {
    expect(labelFault([answer('0', ['essen', 0.7]), answer(undefined, ['reise', 0.7])])).toBeUndefined();
  });
});

describe('probabilities', () => {
  it('may be rounded by float32, and no more', () => {
    expect(probabilityFault([answer(undefined, ['a', 1.0000001], ['b', -1e-8])])).toBeUndefined();
    expect(probabilityFault([answer(undefined, ['a', 0.9]), answer(undefined, ['a', 72.5], ['b', 27.5])])).toContain('gave 72.50 for the class "a"');
    expect(probabilityFault([answer(undefined, ['a', 0.4], ['b', -0.6])])).toContain('gave -0.6000 for the class "b"');
  });
});
