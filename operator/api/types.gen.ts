// Generated from crds/ by `npm run generate`; do not edit.
/**
 * What the version is; never changes.
 */
export interface ModelVersionSpec {
  /**
   * Name of the RecommenderModel in the same namespace.
   */
  model: string;
  /**
   * Semantic version without build metadata, in lower case because it is part of names and labels.
   */
  version: string;
  /**
   * Location of the bundle.
   */
  uri: string;
  /**
   * SHA-256 digest of bundle.yaml.
   */
  digest: string;
  /**
   * Task of the model, as registered; validation reads it from the bundle.
   */
  task?: string;
  /**
   * Offline metrics as decimal strings, e.g. ndcg@10: "0.41", as registered; validation reads them from the bundle.
   */
  metrics?: {
    [k: string]: string;
  };
  /**
   * Origin of the model: digest of the data, code, parameters, run of a training job.
   */
  lineage?: {
    [k: string]: string;
  };
}

/**
 * What was found and decided about the version.
 */
export interface ModelVersionStatus {
  /**
   * Stage of the version.
   */
  stage?: 'Candidate' | 'Validating' | 'Shadow' | 'Challenger' | 'Champion' | 'Retired' | 'RolledBack' | 'Rejected';
  /**
   * When it became champion; the version with the latest time is the champion.
   */
  championSince?: string;
  /**
   * Its bundle was fetched, matched its digest, loaded and answered its golden requests.
   */
  verified?: boolean;
  /**
   * Task of the model, from the bundle.
   */
  task?: string;
  /**
   * Offline metrics from the bundle.
   */
  metrics?: {
    [k: string]: string;
  };
  /**
   * Origin of the model, from the bundle: data, code, parameters, training time.
   */
  lineage?: {
    [k: string]: string;
  };
  /**
   * Results under load of its last validation, on the machine it ran on.
   */
  validation?: {
    /**
     * Load that was applied.
     */
    requestsPerSecond: number;
    /**
     * Number of golden requests sent.
     */
    requests: number;
    /**
     * Number of requests not answered within 5 s.
     */
    failed: number;
    /**
     * Median latency, e.g. 1.2ms.
     */
    p50: string;
    /**
     * 99th percentile of latency.
     */
    p99: string;
    /**
     * Peak memory with one inference thread.
     */
    memory: string;
    /**
     * Memory growth under load.
     */
    memoryGrowth: string;
  };
  /**
   * What callers rely on, as found by validation. Later versions are compared with the champion's.
   */
  contract?: {
    /**
     * Task of the model.
     */
    task: string;
    /**
     * What a request consists of.
     *
     * @maxItems 16
     */
    inputs: {
      /**
       * Name in the graph.
       */
      name: string;
      /**
       * Source of its values: user_id, history, text or context.FIELD.
       */
      from: string;
      /**
       * Element type, e.g. int64; float32[8] for a list of eight, float32[] for a list of any length.
       */
      type: string;
      /**
       * Whether requests without it are rejected.
       */
      required: boolean;
      /**
       * Number of words it knows. Without it, values are used as they are.
       */
      vocabulary?: number;
      /**
       * Maximum length of a text in characters, or of a list in values.
       */
      maxLength?: number;
    }[];
    /**
     * Names of the outputs that form the answer.
     *
     * @maxItems 4
     */
    outputs: string[];
    /**
     * Maximum number of answers per request, if the graph specifies it.
     */
    k?: number;
    /**
     * Items that it recommends, or labels of a classifier.
     */
    items: {
      /**
       * Number of entries.
       */
      count: number;
      /**
       * The smallest hashes of their IDs, to estimate how many of them another version has.
       */
      sample: string;
    };
    /**
     * Users that it knows.
     */
    users?: {
      /**
       * Number of entries.
       */
      count: number;
      /**
       * The smallest hashes of their IDs, to estimate how many of them another version has.
       */
      sample: string;
    };
  };
  /**
   * Decisions about this version, newest first, at most 20.
   */
  decisions?: {
    /**
     * When it was decided.
     */
    at: string;
    /**
     * Previous stage.
     */
    from: string;
    /**
     * New stage; unchanged if a manual action did not change it.
     */
    to: string;
    /**
     * Who decided: the operator, or the field manager that wrote the annotation.
     */
    by: string;
    /**
     * Rule that decided, in one word; also the reason of the Event.
     */
    rule?:
      | 'Registered'
      | 'ValidationStarted'
      | 'ValidationPassed'
      | 'ValidationFailed'
      | 'FirstVersion'
      | 'RecordRestored'
      | 'ShadowEnded'
      | 'GatesPassed'
      | 'PromotedByHand'
      | 'ChampionServedNobody'
      | 'PromotedInArgoRollouts'
      | 'GuardrailViolated'
      | 'PodsNotReady'
      | 'AbortedInArgoRollouts'
      | 'GivenUpByArgoRollouts'
      | 'WishMovedOn'
      | 'Succeeded'
      | 'WatchKept'
      | 'WatchViolated'
      | 'NothingToReturnTo'
      | 'NoWayBack'
      | 'StartedTogether'
      | 'GroupFailed'
      | 'ApprovedByHand'
      | 'PausedByHand'
      | 'ResumedByHand'
      | 'AbortedByHand'
      | 'RolledBackByHand'
      | 'RetriedByHand';
    /**
     * The decision in words: what happened to the version, why, and what follows.
     */
    reason: string;
    /**
     * The manual action that this carried out, e.g. approve 2.0.0 TOKEN REASON.
     */
    act?: string;
    /**
     * What was measured at that moment.
     */
    evidence?: {
      /**
       * Name of what was measured.
       */
      metric: string;
      /**
       * Measured value.
       */
      estimate?: string;
      /**
       * Limit that it is checked against.
       */
      threshold?: string;
      /**
       * Number of requests measured.
       */
      samples?: number;
      /**
       * How far the measurement looked back.
       */
      window?: string;
      /**
       * Pass, Fail or Wait.
       */
      verdict: string;
      /**
       * Why there is no verdict.
       */
      reason?: string;
      /**
       * When it was measured.
       */
      at?: string;
    }[];
  }[];
}

/**
 * The version to serve, and how it is served and released. Only release has no default.
 */
export interface RecommenderModelSpec {
  /**
   * The version to serve. The only part that changes when a new version is released.
   */
  release: {
    /**
     * Semantic version without build metadata. The digest of a version never changes.
     */
    version: string;
    /**
     * Location of the bundle: https://HOST/PATH/, http://HOST/PATH/, s3://BUCKET/PREFIX/ or pvc://CLAIM/PATH/. The host must be in the operator's allow-list.
     */
    uri: string;
    /**
     * SHA-256 digest of bundle.yaml, which pins every file of the bundle.
     */
    digest: string;
  };
  /**
   * How the model is served: pods, storage, cache, callers. A change replaces the pods of the champion without steps.
   */
  serving: {
    /**
     * Number of pods.
     */
    replicas: {
      /**
       * Minimum number of champion pods.
       */
      min: number;
      /**
       * Maximum number of pods. Autoscaling is on if it is greater than min.
       */
      max: number;
    };
    /**
     * Target CPU utilization for autoscaling, as a percentage of the CPU request.
     */
    targetCPU: number;
    /**
     * Resources of the serving container.
     */
    resources: {
      /**
       * Resources reserved for a pod, e.g. cpu: 100m. Autoscaling is relative to the CPU request.
       */
      requests?: {
        [k: string]: number | string;
      };
      /**
       * Maximum resources of a pod; a container that exceeds the memory limit is killed. The whole CPUs of the limit are the number of inference threads.
       */
      limits?: {
        [k: string]: number | string;
      };
    };
    /**
     * How s3:// bundles are read; other bundles ignore it. Defaults to the operator's settings or AWS, with the identity of the pod.
     */
    storage?: {
      /**
       * Secret in the same namespace with the keys AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if needed, AWS_SESSION_TOKEN. Defaults to the identity of the pod.
       */
      secretRef?: {
        /**
         * Name of the Secret.
         */
        name: string;
      };
      /**
       * Base URL of an S3-compatible store, e.g. http://minio.storage:9000; its host must be in the operator's allow-list. Defaults to the operator's setting, otherwise AWS.
       */
      endpoint?: string;
      /**
       * Region of the bucket, required for AWS. Defaults to the operator's setting.
       */
      region?: string;
    };
    /**
     * Caches answers in Redis; without it every request is scored. While Redis is down, requests are scored as if there were no cache.
     */
    cache?: {
      /**
       * The Redis that holds the answers.
       */
      redis: {
        /**
         * redis://HOST:PORT/DATABASE, or rediss:// for TLS.
         */
        url: string;
        /**
         * Secret in the same namespace with the key password and, if Redis has users, username.
         */
        secretRef?: {
          /**
           * Name of the Secret.
           */
          name: string;
        };
      };
      /**
       * How long an answer is cached, at most 168h.
       */
      ttl: string;
    };
    /**
     * Who may call; without it everyone who can reach the Service. If both kinds are set, a request needs one of them.
     */
    auth?: {
      /**
       * Keys that callers send in the header x-api-key.
       */
      apiKeys?: {
        /**
         * Secret in the same namespace: each key is the name of a caller, and its value has one line "sha256:HASH" for each API key of that caller. Changes take effect within about a minute, without a restart.
         */
        secretRef: {
          /**
           * Name of the Secret.
           */
          name: string;
        };
      };
      /**
       * Bearer tokens signed by an identity provider.
       */
      jwt?: {
        /**
         * Exact value of the claim iss.
         */
        issuer: string;
        /**
         * Value that the claim aud must be or contain.
         */
        audience: string;
        /**
         * URL of the keys of the provider. Use https:// for anything outside the cluster.
         */
        jwksUri: string;
      };
    };
    /**
     * Rate limit per caller; without it there is none. An overloaded pod still rejects at once what it cannot answer in time.
     */
    rateLimit?: {
      /**
       * Sustained requests per second of one caller.
       */
      requestsPerSecond: number;
      /**
       * Requests that one caller may send at once after a pause.
       */
      burst: number;
    };
    /**
     * Web pages that may call from a browser; without it none of another origin may.
     */
    cors?: {
      /**
       * Origins such as https://shop.example.org, or "*" for any.
       *
       * @minItems 1
       * @maxItems 50
       */
      origins: string[];
    };
    /**
     * What callers report to POST /feedback.
     */
    feedback?: {
      /**
       * Events that callers report, e.g. click. They are counted from 0 on, so that a version without any yields 0 instead of no data, and the first one of a pod is not lost. Other events are counted too.
       *
       * @minItems 1
       * @maxItems 20
       */
      events: string[];
    };
    /**
     * Which requests are logged; defaults to Errors. A line names the caller and never a user.
     */
    accessLog?: 'None' | 'Errors' | 'All';
    /**
     * Sends traces by OTLP over HTTP; without it there are none.
     */
    tracing?: {
      /**
       * Base URL of the collector, e.g. http://otel-collector.observability:4318.
       */
      endpoint: string;
      /**
       * Share of requests that start a trace; the caller's own sampling decision takes precedence.
       */
      sampleRatio: string;
    };
  };
  /**
   * How a new version is released to users, from validation to the time after its promotion.
   */
  delivery: {
    /**
     * How a new version is released to users.
     */
    strategy: 'Canary' | 'BlueGreen' | 'Shadow';
    /**
     * Gives the candidate a growing share of users; each step holds and then checks the guardrails.
     */
    canary: {
      /**
       * Successive shares of users for the candidate; after the last step it serves everyone.
       *
       * @minItems 1
       * @maxItems 20
       */
      steps: {
        /**
         * Percentage of users.
         */
        weight: number;
        /**
         * Time at this weight before the gate is checked, e.g. 15m.
         */
        hold: string;
      }[];
    };
    /**
     * Creates a second stack as large as the champion's and checks it without users, then gives it a share of users, then all.
     */
    blueGreen: {
      /**
       * Percentage of users that the second stack is tried with.
       */
      weight: number;
      /**
       * Time at that share before the gate is checked, e.g. 15m.
       */
      validateFor: string;
      /**
       * Deprecated: use after.keepPrevious, which takes precedence unless it is 0s.
       */
      keepPrevious?: string;
    };
    /**
     * The candidate answers duplicates of the champion's requests, which users never see, and the answers are compared; then it continues as a canary.
     */
    shadow: {
      /**
       * Percentage of users whose requests are duplicated.
       */
      percent: number;
      /**
       * Time in the shadow before the gate is checked, at most 20h.
       */
      holdFor: string;
      /**
       * What follows when the gate has passed. Stop waits without users for the annotation recommender.dev/approve, which continues with a canary, or recommender.dev/abort.
       */
      then: 'Canary' | 'Stop';
    };
    /**
     * What happens after a promotion.
     */
    after: {
      /**
       * How long the guardrails continue to apply to a new champion; if one is violated, all users return to the previous champion. 0s turns it off.
       */
      watchFor: string;
      /**
       * How much worse than the last hour of the previous champion a new champion may be in failed requests, latency and fallbacks: 0.5 allows 50% more.
       */
      tolerance: string;
      /**
       * How long the pods of the previous champion are kept after a promotion, so that a rollback to it is instant. Defaults to 24h with strategy BlueGreen and to 0s otherwise, which keeps them for half a minute. Ignored with router None, whose Service would still send them users.
       */
      keepPrevious?: string;
    };
    /**
     * What splits requests between champion and candidate. A change takes effect after the current release.
     */
    router: {
      /**
       * BuiltIn: the champion's pods, by user. Nginx: ingress-nginx, by request. Istio: the mesh, by request. None: the number of pods.
       */
      type: 'BuiltIn' | 'Nginx' | 'Istio' | 'None';
      /**
       * Your own Ingress (ingress), or one that the operator creates (host).
       */
      nginx?: {
        /**
         * Ingress in the namespace of the model with a rule for the Service NAME, where NAME is the name of the model.
         */
        ingress?: string;
        /**
         * Host name of the Ingress that the operator creates.
         */
        host?: string;
        /**
         * Class of that Ingress; defaults to nginx.
         */
        className?: string;
        /**
         * Secret with the certificate of the host; the operator does not read it.
         */
        tlsSecret?: string;
      };
      /**
       * Your own VirtualService (virtualService), or one that the operator creates. Defaults to one for the Service NAME in the whole mesh.
       */
      istio?: {
        /**
         * VirtualService in the namespace of the model with routes to the Services NAME and NAME-candidate.
         */
        virtualService?: {
          /**
           * Name of the VirtualService.
           */
          name: string;
          /**
           * Names of the HTTP routes that get weights; defaults to the only route.
           *
           * @minItems 1
           * @maxItems 20
           */
          routes?: string[];
        };
        /**
         * Hosts of the VirtualService that the operator creates; defaults to NAME.
         *
         * @minItems 1
         * @maxItems 20
         */
        hosts?: string[];
        /**
         * Gateways it is bound to: NAME, NAMESPACE/NAME or mesh; defaults to mesh.
         *
         * @minItems 1
         * @maxItems 20
         */
        gateways?: string[];
      };
      /**
       * Sends requests with this header to the candidate, whatever its share. For Nginx and Istio.
       */
      testers?: {
        /**
         * Name of the header.
         */
        header: string;
        /**
         * Required value of the header.
         */
        value: string;
      };
    };
    /**
     * Manual waits for the annotation recommender.dev/approve before the first user, and again before a version serves everyone.
     */
    approval: 'Automatic' | 'Manual';
    /**
     * What a version must prove before it is released.
     */
    validation: {
      /**
       * Compatible rejects a version that breaks callers of the champion: another task, an input that was removed or has another type, a newly required field, fewer answers or shorter texts. Any allows all of that.
       */
      contract: 'Compatible' | 'Any';
      /**
       * What happens to a version whose answer to one request changes with the requests scored beside it: Allow serves it one request at a time, which is slower; Reject rejects it.
       */
      batchDependence: 'Allow' | 'Reject';
      /**
       * Minimum share of the champion's items that a version must still have.
       */
      minItemCoverage: string;
      /**
       * Load of golden requests that the validation Job puts on the model to measure it. The results go into the ModelVersion; they reject a version only if a limit is set here, or if no request was answered.
       */
      load: {
        /**
         * Requests per second, whether or not earlier ones were answered; 0 turns the load off.
         */
        requestsPerSecond: number;
        /**
         * Duration of the load, at most 60s, after a warm-up of a quarter of it.
         */
        duration: string;
        /**
         * Maximum 99th percentile, from the moment a request was due. No limit by default, because other load on the machine counts too.
         */
        p99Latency?: string;
        /**
         * Maximum peak memory of the serving process with one inference thread, e.g. 400Mi. No limit by default.
         */
        memory?: string;
      };
      /**
       * Minimum share of the champion's users that a version must know.
       */
      minUserCoverage: string;
      /**
       * Minimum number of words that an input of a version must know, as a share of those that the same input of the champion knows. Does not apply to users.
       */
      minVocabulary: string;
    };
    /**
     * Models in which a digest must have been champion before it starts here.
     *
     * @maxItems 10
     */
    requires?: {
      /**
       * Defaults to the same namespace. The operator must watch it.
       */
      namespace?: string;
      /**
       * Name of the RecommenderModel.
       */
      name: string;
      /**
       * Required uninterrupted time as champion, e.g. 1h.
       */
      championFor: string;
    }[];
    /**
     * Windows in which no new version starts. A release that has started continues, and rollbacks stay possible.
     *
     * @maxItems 20
     */
    freeze?: {
      /**
       * Start of a single window.
       */
      from?: string;
      /**
       * End of a single window.
       */
      to?: string;
      /**
       * Start of recurring windows as a CronJob schedule: minute, hour, day of the month, month and day of the week, e.g. 0 17 * * Fri.
       */
      schedule?: string;
      /**
       * Duration of each recurring window, e.g. 63h.
       */
      duration?: string;
      /**
       * IANA time zone of the schedule, e.g. Europe/Berlin.
       */
      timeZone: string;
    }[];
    /**
     * How long the pods of a version may take to become ready; after that the version is rejected. A champion without a ready pod for that long counts as lost, see outage.
     */
    progressDeadline: string;
    /**
     * What a validated version does if the champion has served nobody for progressDeadline. TakeOver promotes it without steps and guardrails, after its gates; Wait waits for the champion, and so does a version that a person has to approve. The annotation recommender.dev/promote takes over at once in every case.
     */
    outage: 'TakeOver' | 'Wait';
  };
  /**
   * Which versions are kept on record.
   */
  registry: {
    /**
     * How many of the newest unused versions are kept on record; older ones are deleted unless something needs them. Versions that served users and were rolled back are always kept.
     */
    keep: number;
  };
  /**
   * How a candidate is measured, and the limits that it must keep.
   */
  analysis: {
    /**
     * Time between two measurements.
     */
    interval: string;
    /**
     * How far a measurement looks back. It should cover at least four Prometheus scrapes: with fewer than two, nothing is ever measured and every step waits.
     */
    window: string;
    /**
     * Requests that the candidate must have answered before a step can pass.
     */
    minRequests: number;
    /**
     * Limits for the candidate, measured by the champion's pods. Failures that the champion covered for count in full.
     */
    guardrails: {
      /**
       * Maximum share of failed requests.
       */
      errorRate: string;
      /**
       * Maximum mean latency.
       */
      averageLatency: string;
      /**
       * Maximum 99th percentile of latency; also how long the champion waits for the candidate before it answers itself.
       */
      p99Latency: string;
      /**
       * Maximum number of failed inference runs per minute.
       */
      inferenceErrorsPerMinute: number;
      /**
       * Maximum share of requests that the candidate's own pods reject as too many, from one caller or for one pod.
       */
      throttledRate: string;
    };
    /**
     * Limits for the answers of a shadowed version, as means over its compared answers; metrics without a limit are only reported. Its errors and latency are checked against guardrails.
     */
    shadow: {
      /**
       * Minimum share of the items of an answer that are also in the champion's answer.
       */
      minOverlap?: string;
      /**
       * Minimum rank-biased overlap (p = 0.9) with the champion's answers, in which the first places count most.
       */
      minRankBiasedOverlap?: string;
      /**
       * Minimum share of answers that come from the model itself rather than the fallback, with no fewer items than the champion's.
       */
      minCoverage?: string;
      /**
       * Maximum difference of the scores of items that both recommend, relative to the champion's. Only for models whose scores have the same meaning.
       */
      maxScoreDrift?: string;
    };
    /**
     * Offline metrics of the bundle that a version must reach before any user sees it. For each metric, either higher is better (min, minImprovement) or lower is better (max, maxIncrease).
     *
     * @maxItems 20
     */
    acceptance?: {
      /**
       * Name in the metrics of bundle.yaml, e.g. ndcg@10. A bundle without it is rejected.
       */
      metric: string;
      /**
       * Minimum value.
       */
      min?: string;
      /**
       * Maximum value.
       */
      max?: string;
      /**
       * Minimum difference to the champion's value; "-0.01" allows a loss of 0.01. Does not apply if no champion has recorded the metric; the decision says so.
       */
      minImprovement?: string;
      /**
       * Maximum difference to the champion's value, for a metric where lower is better; "0.01" allows an increase of 0.01, "-0.01" requires a decrease of 0.01. Does not apply where minImprovement would not.
       */
      maxIncrease?: string;
    }[];
    /**
     * Additional guardrails as PromQL queries.
     *
     * @maxItems 20
     */
    custom: {
      /**
       * Name of the guardrail in verdicts and decisions.
       */
      name: string;
      /**
       * PromQL query that yields an instant vector of one series, e.g. sum(…), or a scalar; {{args.namespace}}, {{args.model}} and {{args.version}} identify the candidate. No series or NaN is no data.
       */
      query: string;
      /**
       * Requests of the candidate in the window below which the value is not judged: the guardrail waits. Defaults to 20, or analysis.minRequests if that is lower. 0 for a query that does not depend on its requests.
       */
      minRequests?: number;
      /**
       * How far the query looks back: requests are counted over the same time. Defaults to analysis.window.
       */
      window?: string;
      /**
       * Largest value that passes, as a decimal.
       */
      max?: string;
      /**
       * Smallest value that passes, as a decimal.
       */
      min?: string;
    }[];
  };
  /**
   * Models in a namespace with the same group go through the steps of their releases together, e.g. a retriever and its ranker. If one fails, all roll back.
   */
  group?: string;
  /**
   * Webhooks that are notified of releases, signed according to Standard Webhooks. Each call is retried for up to a day until it is accepted, and may arrive twice.
   *
   * @maxItems 5
   */
  notifications?: {
    /**
     * The receiver.
     */
    webhook: {
      /**
       * Key that contains the URL, instead of url, if readers of the model must not see it.
       */
      urlRef?: {
        /**
         * As in secretRef.
         */
        key: string;
      };
      /**
       * URL to post to. Its host must be in the operator's allow-list; redirects are not followed.
       */
      url?: string;
      /**
       * Key that signs the calls; without it they are not signed.
       */
      secretRef?: {
        /**
         * Refers to the key NAMESPACE.KEY of the Secret mounted into the operator, where NAMESPACE is the namespace of the model.
         */
        key: string;
      };
    };
    /**
     * CloudEvents 1.0 in structured mode, or a JSON object with a text field as Slack and similar services expect.
     */
    format: 'CloudEvents' | 'Json';
    /**
     * Events to send; defaults to all.
     *
     * @minItems 1
     * @maxItems 11
     */
    events?: (
      | 'Started'
      | 'Step'
      | 'AwaitingApproval'
      | 'Paused'
      | 'Resumed'
      | 'Promoted'
      | 'Rejected'
      | 'RolledBack'
      | 'Failing'
      | 'Abandoned'
      | 'Outage'
    )[];
  }[];
}

/**
 * What the operator last saw and decided.
 */
export interface RecommenderModelStatus {
  /**
   * Generation of the spec that this status describes; -1 before the operator has looked at the model.
   */
  observedGeneration?: number;
  /**
   * State of the desired version, in one word.
   */
  phase?:
    | 'Pending'
    | 'Validating'
    | 'AwaitingApproval'
    | 'Shadow'
    | 'Canary'
    | 'Watching'
    | 'Healthy'
    | 'Rejected'
    | 'RolledBack'
    | 'Degraded';
  /**
   * What is happening and what is awaited, in one sentence.
   */
  message?: string;
  /**
   * The version that serves users. spec.release is the desired version.
   */
  champion?: {
    /**
     * Version number.
     */
    version: string;
    /**
     * SHA-256 digest of its bundle.yaml.
     */
    digest: string;
    /**
     * Where its bundle was last fetched from successfully.
     */
    uri: string;
    /**
     * When it became champion.
     */
    since: string;
  };
  /**
   * The version being released.
   */
  candidate?: {
    /**
     * Version number.
     */
    version: string;
    /**
     * SHA-256 digest of its bundle.yaml.
     */
    digest: string;
    /**
     * When its validation started.
     */
    since: string;
    /**
     * Percentage of users.
     */
    weight?: number;
    /**
     * Percentage of users that its current step is to reach.
     */
    desiredWeight?: number;
    /**
     * Actual percentage of users, if it is known separately from weight: with the router None, by the number of ready pods.
     */
    appliedWeight?: number;
    /**
     * Current step of the delivery, from 1.
     */
    step?: number;
    /**
     * Number of steps of the delivery.
     */
    steps?: number;
    /**
     * Distinct users of its pods in the five minutes before the last measurement; a user of two pods counts twice.
     */
    users?: number;
    /**
     * End of the hold of the current step; then the gate is checked.
     */
    holdsUntil?: string;
    /**
     * When the gate is expected to have enough requests, at the rate of its measurements so far, rounded up; only if it can be estimated.
     */
    verdictExpectedAt?: string;
  };
  /**
   * The previous champion, while its pods are kept; a rollback to it is instant.
   */
  previous?: {
    /**
     * Version number.
     */
    version: string;
    /**
     * SHA-256 digest of its bundle.yaml.
     */
    digest: string;
    /**
     * When its pods are removed.
     */
    keptUntil: string;
  };
  /**
   * What holds of the model, by type.
   */
  conditions?: {
    /**
     * Type of the condition, e.g. Ready.
     */
    type: string;
    /**
     * Whether the condition is true.
     */
    status: 'True' | 'False' | 'Unknown';
    /**
     * Reason, in one word.
     */
    reason: string;
    /**
     * Reason, in a sentence.
     */
    message: string;
    /**
     * When the status last changed.
     */
    lastTransitionTime: string;
    /**
     * Generation of the spec that it describes.
     */
    observedGeneration?: number;
  }[];
  /**
   * Last measurement of every guardrail of the candidate, or of a champion that is being watched.
   */
  verdicts?: {
    /**
     * Name of the guardrail.
     */
    metric: string;
    /**
     * Last measured value.
     */
    estimate?: string;
    /**
     * Limit that it is checked against.
     */
    threshold?: string;
    /**
     * Number of requests measured.
     */
    samples?: number;
    /**
     * How far the measurement looked back.
     */
    window?: string;
    /**
     * Whether the limit is met; Wait if there is too little data.
     */
    verdict: 'Pass' | 'Fail' | 'Wait';
    /**
     * Why the verdict is Wait.
     */
    reason?: string;
    /**
     * When it was measured.
     */
    at?: string;
  }[];
  /**
   * Decisions, newest first, at most 20.
   */
  history?: {
    /**
     * Version number.
     */
    version: string;
    /**
     * Previous stage.
     */
    from: string;
    /**
     * New stage.
     */
    to: string;
    /**
     * When it was decided.
     */
    at: string;
    /**
     * Who decided: the operator, or the field manager that wrote the annotation.
     */
    by: string;
    /**
     * Rule that decided, in one word.
     */
    rule?: string;
    /**
     * The decision in words.
     */
    reason: string;
  }[];
  /**
   * Notifications that are still to be sent, and those already queued; only if spec.notifications is set.
   */
  notifications?: {
    /**
     * Decisions from then on are sent.
     */
    since: string;
    /**
     * Recently queued notifications, so that each is queued once.
     */
    told?: {
      /**
       * ID of the notification.
       */
      id: string;
      /**
       * When it happened.
       */
      at: string;
    }[];
    /**
     * Notifications that a webhook has not accepted yet, oldest first, at most 50.
     */
    pending?: {
      /**
       * The same in every attempt, so that receivers can detect repetitions.
       */
      id: string;
      /**
       * Short hash of its url, or of the key of its urlRef.
       */
      webhook: string;
      /**
       * What happened, in one word.
       */
      event: string;
      /**
       * When it happened.
       */
      at: string;
      /**
       * Version it happened to.
       */
      version: string;
      /**
       * Rule that decided, in one word.
       */
      rule?: string;
      /**
       * Who decided.
       */
      by?: string;
      /**
       * Text of the notification.
       */
      text: string;
      /**
       * Number of failed attempts.
       */
      attempts?: number;
      /**
       * Time of the last attempt.
       */
      triedAt?: string;
      /**
       * Why the last attempt failed, in one sentence.
       */
      error?: string;
      /**
       * The receiver asked not to be called before this time.
       */
      notBefore?: string;
    }[];
    /**
     * Notifications that were dropped because they were older than a day or too many were pending.
     */
    dropped?: number;
  };
  /**
   * Annotations that have been answered, by action, so that each takes effect once.
   */
  acts?: {
    /**
     * The last answered value of the annotation recommender.dev/rollback.
     */
    rollback?: string;
    /**
     * The last answered value of the annotation recommender.dev/abort.
     */
    abort?: string;
    /**
     * The last answered value of the annotation recommender.dev/retry.
     */
    retry?: string;
    /**
     * The last answered value of the annotation recommender.dev/approve.
     */
    approve?: string;
    /**
     * The last answered value of the annotation recommender.dev/promote.
     */
    promote?: string;
    /**
     * The last answered value of the annotation recommender.dev/pause.
     */
    pause?: string;
    /**
     * The last answered value of the annotation recommender.dev/resume.
     */
    resume?: string;
  };
  /**
   * Result of the last manual action.
   */
  lastAct?: {
    /**
     * Name of the action.
     */
    act: string;
    /**
     * Value of the annotation.
     */
    text: string;
    /**
     * Field manager that wrote the annotation.
     */
    by: string;
    /**
     * Result; Underway while the action is being carried out.
     */
    outcome: 'Done' | 'Refused' | 'Underway';
    /**
     * Result, in a sentence.
     */
    message: string;
    /**
     * When it was answered.
     */
    at: string;
  };
}
