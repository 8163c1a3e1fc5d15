import type { KubernetesObject } from './objects.ts';

/** The fields of core objects that the operator reads. */
export interface Job extends KubernetesObject {
  status?: { conditions?: { type: string; status: string; reason?: string; lastTransitionTime?: string }[] };
}

export interface ContainerStatus {
  name: string;
  ready?: boolean;
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: { startedAt?: string };
    terminated?: { exitCode: number; reason?: string; message?: string };
  };
  lastState?: ContainerStatus['state'];
}

export interface Pod extends KubernetesObject {
  spec?: { volumes?: { name: string; secret?: { secretName?: string; optional?: boolean } }[] };
  status?: {
    phase?: string;
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
    conditions?: { type: string; status: string; reason?: string; message?: string; lastTransitionTime?: string }[];
  };
}

export interface VirtualService extends KubernetesObject {
  spec?: {
    hosts?: string[];
    gateways?: string[];
    http?: { name?: string; route?: { destination?: { host?: string } }[] }[];
  };
}

export interface HorizontalPodAutoscaler extends KubernetesObject {
  status?: { conditions?: { type: string; status: string; reason?: string; message?: string }[] };
}

export interface Service extends KubernetesObject {
  spec?: { selector?: Record<string, string> };
}
