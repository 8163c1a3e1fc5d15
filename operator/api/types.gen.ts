// Generated from crds/ by `npm run generate`; do not edit.
export interface ModelVersionSpec {
  /**
   * Name of the RecommenderModel in the same namespace.
   */
  model: string;
  version: string;
  uri: string;
  /**
   * sha256 of bundle.yaml.
   */
  digest: string;
}

export interface ModelVersionStatus {
  stage?: 'Candidate' | 'Validating' | 'Challenger' | 'Champion' | 'Retired' | 'Rejected';
  /**
   * When it became champion; the latest one is the champion.
   */
  championSince?: string;
  /**
   * Its bundle was fetched, matched its digest, loaded and answered its golden requests.
   */
  verified?: boolean;
  task?: string;
  /**
   * Offline metrics from the bundle.
   */
  metrics?: {
    [k: string]: string;
  };
  /**
   * What was decided about this version, newest first, at most 20.
   */
  decisions?: {
    at: string;
    from: string;
    to: string;
    by: string;
    reason: string;
    evidence?: {
      metric: string;
      estimate?: string;
      threshold?: string;
      verdict: string;
      reason?: string;
      at?: string;
    }[];
  }[];
}

export interface RecommenderModelSpec {
  /**
   * The version to serve. The only part a new model touches.
   */
  release: {
    /**
     * Semantic version without build metadata. A version keeps its digest for ever.
     */
    version: string;
    /**
     * Folder of the bundle, https://HOST/PATH/, http://HOST/PATH/ or pvc://CLAIM/PATH/. Hosts are limited by the operator's allow-list.
     */
    uri: string;
    /**
     * sha256 of bundle.yaml, which in turn pins every file of the bundle.
     */
    digest: string;
  };
  serving: {
    replicas: {
      /**
       * Pods of the champion at least.
       */
      min: number;
      /**
       * Pods at most. Autoscaled when larger than min.
       */
      max: number;
    };
    /**
     * CPU use, percent of the request, that autoscaling aims at.
     */
    targetCPU: number;
    /**
     * Resources of the serving container.
     */
    resources: {
      requests?: {
        [k: string]: number | string;
      };
      limits?: {
        [k: string]: number | string;
      };
    };
  };
  delivery: {
    /**
     * How a new version reaches users.
     */
    strategy: 'Canary';
    canary: {
      /**
       * Shares of users the candidate is given in turn; after the last one it serves everyone.
       *
       * @minItems 1
       * @maxItems 20
       */
      steps: {
        /**
         * Share of users, percent.
         */
        weight: number;
        /**
         * Time at this weight before the gate is asked, e.g. 15m.
         */
        hold: string;
      }[];
    };
    /**
     * Time in which a version's pods must become ready; after that the version is rejected.
     */
    progressDeadline: string;
  };
  analysis: {
    /**
     * Time between two measurements.
     */
    interval: string;
    /**
     * Time a measurement looks back.
     */
    window: string;
    /**
     * Requests the candidate must have answered before a step may pass.
     */
    minRequests: number;
    /**
     * Limits the candidate must keep, measured by the champion's pods. What the champion shielded counts in full.
     */
    guardrails: {
      /**
       * Share of failed requests at most.
       */
      errorRate: string;
      /**
       * Mean latency at most.
       */
      averageLatency: string;
      /**
       * 99th percentile of latency at most; also how long the champion waits for the candidate before it answers itself.
       */
      p99Latency: string;
      /**
       * Inference runs that throw at most.
       */
      inferenceErrorsPerMinute: number;
    };
    /**
     * Further guardrails by PromQL query.
     *
     * @maxItems 20
     */
    custom: {
      name: string;
      /**
       * PromQL that yields one number; {{args.namespace}}, {{args.model}} and {{args.version}} stand for the candidate.
       */
      query: string;
      max?: string;
      min?: string;
    }[];
  };
}

export interface RecommenderModelStatus {
  observedGeneration?: number;
  phase?: 'Pending' | 'Validating' | 'Canary' | 'Healthy' | 'Rejected' | 'Degraded';
  /**
   * What happens now and what is awaited, in one sentence.
   */
  message?: string;
  /**
   * The version that serves. The truth; spec.release is the wish.
   */
  champion?: {
    version: string;
    digest: string;
    uri: string;
    since: string;
  };
  /**
   * The version on its way.
   */
  candidate?: {
    version: string;
    digest: string;
    since: string;
    /**
     * Share of users, percent.
     */
    weight?: number;
    /**
     * Step of delivery.canary.steps, from 1.
     */
    step?: number;
  };
  conditions?: {
    type: string;
    status: 'True' | 'False' | 'Unknown';
    reason: string;
    message: string;
    lastTransitionTime: string;
    observedGeneration?: number;
  }[];
  /**
   * Last measurement of every guardrail of the candidate.
   */
  verdicts?: {
    metric: string;
    /**
     * Last measured value.
     */
    estimate?: string;
    /**
     * Limit it is held against.
     */
    threshold?: string;
    verdict: 'Pass' | 'Fail' | 'Wait';
    /**
     * Why it waits.
     */
    reason?: string;
    at?: string;
  }[];
  /**
   * Decisions, newest first, at most 20.
   */
  history?: {
    version: string;
    /**
     * Stage before.
     */
    from: string;
    /**
     * Stage after.
     */
    to: string;
    at: string;
    by: string;
    reason: string;
  }[];
  /**
   * Annotations that have been acted on, so that each acts once.
   */
  acts?: {
    retry?: string;
  };
}
