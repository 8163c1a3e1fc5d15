import type { KubernetesObject } from './objects.ts';

/** The fields of core objects that the operator reads. */
export interface Job extends KubernetesObject {
  status?: { conditions?: { type: string; status: string; reason?: string; lastTransitionTime?: string }[] };
}

export interface ContainerStatus {
  name: string;
  state?: {
    waiting?: { reason?: string; message?: string };
    terminated?: { exitCode: number; reason?: string; message?: string };
  };
  lastState?: ContainerStatus['state'];
}

export interface Pod extends KubernetesObject {
  status?: {
    phase?: string;
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

export interface Service extends KubernetesObject {
  spec?: { selector?: Record<string, string> };
}
