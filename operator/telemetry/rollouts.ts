import { Counter, Gauge, type Registry } from 'prom-client';
import type { ModelVersion, RecommenderModel, RuleName } from '../api/model.ts';
import { keyOf } from '../api/objects.ts';
import type { RecommenderModelStatus } from '../api/types.gen.ts';

/** The status of models as metrics, for alerts and dashboards. */
export interface RolloutMetrics {
  /** Replaces what was shown of the model before. */
  show: (model: RecommenderModel, status: RecommenderModelStatus) => void;
  /** @param versions those whose newest decision was just put on record */
  decided: (model: RecommenderModel, versions: readonly ModelVersion[]) => void;
  /** Removes the model, or this version of it. @param key `NAMESPACE/NAME` */
  forget: (key: string, version?: string) => void;
}

type Labels = Record<string, string>;

/**
 * Rules that alerts use are exposed from the start, as 0: `increase` misses the first event of a series that begins with 1, and
 * most versions have no second one.
 */
const ALERTED: readonly RuleName[] = ['GuardrailViolated', 'WatchViolated', 'NothingToReturnTo', 'NoWayBack', 'ChampionServedNobody'];

const OF_VERSION = ['namespace', 'name', 'version'] as const;

export function rolloutMetrics(registry: Registry): RolloutMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string, more: readonly string[] = []) =>
    new Gauge({ name, help, labelNames: [...OF_VERSION, ...more], registers });
  const phase = gauge('recommender_rollout_phase', '1 for the current phase of the model, labelled with the version in spec.release', [
    'phase',
  ]);
  const weight = gauge('recommender_rollout_weight_percent', 'Desired share of users of the champion and of a candidate');
  const condition = gauge(
    'recommender_rollout_condition',
    '1 if a condition of the model is True, otherwise 0, labelled with the version in spec.release',
    ['type'],
  );
  const decisions = new Counter({
    name: 'recommender_rollout_decisions_total',
    help: 'Decisions on versions since the operator started, by rule',
    labelNames: [...OF_VERSION, 'rule'],
    registers,
  });

  const shown = new Map<string, (() => void)[]>();
  const counted = new Map<string, Map<string, Labels>>();
  const clear = (key: string): void => {
    for (const remove of shown.get(key) ?? []) remove();
    shown.delete(key);
  };

  const count = (key: string, labels: Labels, by: number): void => {
    decisions.inc(labels, by);
    counted.set(key, (counted.get(key) ?? new Map<string, Labels>()).set(JSON.stringify(labels), labels));
  };

  return {
    show: (model, status) => {
      const key = keyOf(model.metadata);
      clear(key);
      const { namespace = '', name } = model.metadata;
      const desiredVersion = model.spec.release.version;
      for (const rule of ALERTED) count(key, { namespace, name, version: desiredVersion, rule }, 0);
      const set = (metric: Gauge, version: string, value: number, more: Labels = {}): (() => void) => {
        const labels = { namespace, name, version, ...more };
        metric.set(labels, value);
        return () => metric.remove(labels);
      };
      shown.set(key, [
        ...(status.phase === undefined ? [] : [set(phase, desiredVersion, 1, { phase: status.phase })]),
        ...sharesOf(status).map(({ version, percent }) => set(weight, version, percent)),
        ...(status.conditions ?? []).map((each) => set(condition, desiredVersion, each.status === 'True' ? 1 : 0, { type: each.type })),
      ]);
    },
    decided: (model, versions) => {
      const key = keyOf(model.metadata);
      const { namespace = '', name } = model.metadata;
      for (const { spec, status } of versions) {
        count(key, { namespace, name, version: spec.version, rule: status?.decisions?.[0]?.rule ?? '' }, 1);
      }
    },
    forget: (key, version) => {
      const known = counted.get(key) ?? new Map<string, Labels>();
      for (const [text, labels] of known) {
        if (version !== undefined && labels['version'] !== version) continue;
        decisions.remove(labels);
        known.delete(text);
      }
      if (version !== undefined) return;
      clear(key);
      counted.delete(key);
    },
  };
}

function sharesOf({ champion, candidate }: RecommenderModelStatus): { version: string; percent: number }[] {
  const beside =
    candidate && candidate.version !== champion?.version ? [{ version: candidate.version, percent: candidate.weight ?? 0 }] : [];
  const left = 100 - (beside[0]?.percent ?? 0);
  return [...(champion ? [{ version: champion.version, percent: left }] : []), ...beside];
}
