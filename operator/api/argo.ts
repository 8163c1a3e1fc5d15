import type { KubernetesObject } from './objects.ts';

/** The fields of Argo Rollouts' objects that the operator reads; what it writes is checked against the full types. */
export interface PodTemplate {
  metadata?: { annotations?: Record<string, string> };
  spec?: { initContainers?: { env?: { name: string; value?: string }[] }[] };
}

export interface Rollout extends KubernetesObject {
  spec: {
    replicas?: number;
    /** Holds the present step; analyses go on and may still abort. */
    paused?: boolean;
    template: PodTemplate;
    strategy?: {
      canary?: { steps?: unknown[]; trafficRouting?: { nginx?: { additionalIngressAnnotations?: Record<string, string> } } };
    };
  };
  status?: {
    /** A string: the generation the status speaks of. */
    observedGeneration?: string;
    phase?: 'Healthy' | 'Degraded' | 'Progressing' | 'Paused';
    message?: string;
    abort?: boolean;
    /** Skips the remaining steps and analyses. */
    promoteFull?: boolean;
    /** RFC 3339. */
    abortedAt?: string;
    stableRS?: string;
    currentPodHash?: string;
    currentStepIndex?: number;
    availableReplicas?: number;
    replicas?: number;
    pauseConditions?: { reason: string; startTime: string }[];
    canary?: {
      weights?: { canary: { weight: number; podTemplateHash?: string } };
      currentStepAnalysisRunStatus?: { name: string; status: string };
      currentBackgroundAnalysisRunStatus?: { name: string; status: string };
    };
  };
}

/** Made by Argo Rollouts for a Rollout, one for each pod template. */
export interface ReplicaSet extends KubernetesObject {
  spec?: { replicas?: number; template?: PodTemplate };
  status?: { availableReplicas?: number };
}

export type MeasurementPhase = 'Successful' | 'Failed' | 'Inconclusive' | 'Error' | 'Running' | 'Pending';

export interface Measurement {
  phase: MeasurementPhase;
  value?: string;
  message?: string;
  finishedAt?: string;
}

export interface AnalysisRun extends KubernetesObject {
  spec?: { metrics?: { name: string }[] };
  status?: {
    phase?: MeasurementPhase;
    message?: string;
    metricResults?: {
      name: string;
      phase: MeasurementPhase;
      message?: string;
      /** How many measurements passed. */
      successful?: number;
      measurements?: Measurement[];
    }[];
  };
}
