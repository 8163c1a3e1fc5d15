// Generated from crds/ by `npm run generate`; do not edit.
export interface ModelVersionSpec {
  /**
   * Name of the RecommenderModel in the same namespace.
   */
  model: string;
  /**
   * Semantic version without build metadata, in small letters: it is a part of names and labels.
   */
  version: string;
  /**
   * Folder of the bundle.
   */
  uri: string;
  /**
   * sha256 of bundle.yaml.
   */
  digest: string;
  /**
   * What the model does, as whoever registers it says; validation reads it from the bundle.
   */
  task?: string;
  /**
   * Offline metrics as decimal strings, e.g. ndcg@10: "0.41", as whoever registers it says; validation reads them from the bundle.
   */
  metrics?: {
    [k: string]: string;
  };
  /**
   * Where it comes from: digest of the data, code, parameters, run of a training job.
   */
  lineage?: {
    [k: string]: string;
  };
}

export interface ModelVersionStatus {
  /**
   * Where the version stands.
   */
  stage?: 'Candidate' | 'Validating' | 'Shadow' | 'Challenger' | 'Champion' | 'Retired' | 'RolledBack' | 'Rejected';
  /**
   * When it became champion; the latest one is the champion.
   */
  championSince?: string;
  /**
   * Its bundle was fetched, matched its digest, loaded and answered its golden requests.
   */
  verified?: boolean;
  /**
   * What the model does, as its bundle says.
   */
  task?: string;
  /**
   * Offline metrics from the bundle.
   */
  metrics?: {
    [k: string]: string;
  };
  /**
   * Where the bundle says it comes from: data, code, parameters, time of the training.
   */
  lineage?: {
    [k: string]: string;
  };
  /**
   * How it did under the load of its last validation, on the machine of that moment.
   */
  validation?: {
    /**
     * Load that it was given.
     */
    requestsPerSecond: number;
    /**
     * Golden requests that were sent.
     */
    requests: number;
    /**
     * Those not answered within 5 s.
     */
    failed: number;
    /**
     * Median of the latency, e.g. 1.2ms.
     */
    p50: string;
    /**
     * 99th percentile of the latency.
     */
    p99: string;
    /**
     * Memory at its peak, with one inference thread.
     */
    memory: string;
    /**
     * Memory that the load added.
     */
    memoryGrowth: string;
  };
  /**
   * What callers rely on, as validation found it. Later versions are compared with that of the champion.
   */
  contract?: {
    /**
     * What the model does.
     */
    task: string;
    /**
     * @maxItems 16
     */
    inputs: {
      /**
       * Name in the graph.
       */
      name: string;
      /**
       * Where its values come from: user_id, history, text or context.FIELD.
       */
      from: string;
      /**
       * Type of its elements, e.g. int64, or float32[8] for a list of eight.
       */
      type: string;
      /**
       * Requests without it are refused.
       */
      required: boolean;
      /**
       * How many words it knows. Left out, values are taken as they are.
       */
      vocabulary?: number;
      /**
       * Longest text it takes, in characters.
       */
      maxLength?: number;
    }[];
    /**
     * Names of the outputs that make the answer.
     *
     * @maxItems 4
     */
    outputs: string[];
    /**
     * How many answers a request can get at most, where the graph tells.
     */
    k?: number;
    /**
     * Items it recommends, or labels of a classifier.
     */
    items: {
      /**
       * How many there are.
       */
      count: number;
      /**
       * The smallest hashes of their ids; they tell how many of them another version has.
       */
      sample: string;
    };
    /**
     * Users it knows.
     */
    users?: {
      /**
       * How many there are.
       */
      count: number;
      /**
       * The smallest hashes of their ids; they tell how many of them another version has.
       */
      sample: string;
    };
  };
  /**
   * What was decided about this version, newest first, at most 20.
   */
  decisions?: {
    /**
     * When it was decided.
     */
    at: string;
    /**
     * Stage before.
     */
    from: string;
    /**
     * Stage after; the same where an act changed none.
     */
    to: string;
    /**
     * Who decided: the operator, or the field manager that wrote an act.
     */
    by: string;
    /**
     * What decided, in one word; the reason of the Event.
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
     * The decision in words: what became of the version, why, and what follows.
     */
    reason: string;
    /**
     * The act this carried out, e.g. approve 2.0.0 TOKEN REASON.
     */
    act?: string;
    evidence?: {
      /**
       * Name of what was measured.
       */
      metric: string;
      /**
       * The value.
       */
      estimate?: string;
      /**
       * The limit it is held against.
       */
      threshold?: string;
      /**
       * Requests it rests on.
       */
      samples?: number;
      /**
       * Time the measurement looked back.
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
     * Folder of the bundle, https://HOST/PATH/, http://HOST/PATH/, s3://BUCKET/PREFIX/ or pvc://CLAIM/PATH/. Hosts are limited by the operator's allow-list.
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
      /**
       * What the scheduler reserves for a pod, e.g. cpu: 100m. Autoscaling reckons in shares of the CPU request.
       */
      requests?: {
        [k: string]: number | string;
      };
      /**
       * What a pod may use at most; memory beyond it ends the container. Whole CPUs of the limit are inference threads.
       */
      limits?: {
        [k: string]: number | string;
      };
    };
    /**
     * Where and as whom s3:// bundles are read; not used for others. Left out, AWS or what the operator's settings name, as the pod's own identity.
     */
    storage?: {
      /**
       * Secret of the same namespace with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN where there is one. Left out, the identity of the pod is used.
       */
      secretRef?: {
        /**
         * Name of the Secret.
         */
        name: string;
      };
      /**
       * Base URL of an S3-compatible store, e.g. http://minio.storage:9000; its host must be in the operator's allow-list. Left out, the operator's default, else AWS.
       */
      endpoint?: string;
      /**
       * Region of the bucket; AWS needs it. Left out, the operator's default.
       */
      region?: string;
    };
    /**
     * Answers are kept and given again; left out, every request is scored. Without Redis, or while it is down, requests are scored as if there were no cache.
     */
    cache?: {
      redis: {
        /**
         * redis://HOST:PORT/DATABASE, or rediss:// for TLS.
         */
        url: string;
        /**
         * Secret of the same namespace with the key password, and username where Redis has users.
         */
        secretRef?: {
          /**
           * Name of the Secret.
           */
          name: string;
        };
      };
      /**
       * How long an answer is kept, at most 168h.
       */
      ttl: string;
    };
    /**
     * Who may call; left out, everyone who reaches the Service. With both kinds a request needs one of them.
     */
    auth?: {
      apiKeys?: {
        /**
         * Secret of the same namespace: each key is the name of a caller, its value holds one line "sha256:HASH" for each of that caller's API keys. A change counts within about a minute, without a restart.
         */
        secretRef: {
          /**
           * Name of the Secret.
           */
          name: string;
        };
      };
      /**
       * Bearer tokens that an identity provider has signed.
       */
      jwt?: {
        /**
         * What the claim iss must be, letter by letter.
         */
        issuer: string;
        /**
         * What the claim aud must be or hold.
         */
        audience: string;
        /**
         * Where the provider publishes its keys. Use https:// for whatever lies outside of the cluster.
         */
        jwksUri: string;
      };
    };
    /**
     * How often one caller may ask. Left out there is no limit; a pod with too much to do still refuses at once what it cannot answer in time.
     */
    rateLimit?: {
      /**
       * Requests a second of one caller in the long run.
       */
      requestsPerSecond: number;
      /**
       * Requests that one caller may send at once after a pause.
       */
      burst: number;
    };
    /**
     * Web pages that may call from a browser; left out, none of another origin.
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
     * Which requests get a line in the log; left out, Errors. A line names the caller and never a user.
     */
    accessLog?: 'None' | 'Errors' | 'All';
    /**
     * Traces are sent by OTLP over HTTP; left out, none are made.
     */
    tracing?: {
      /**
       * Base URL of the receiver, e.g. http://otel-collector.observability:4318.
       */
      endpoint: string;
      /**
       * Share of requests that start a trace; a caller's own decision is followed.
       */
      sampleRatio: string;
    };
  };
  delivery: {
    /**
     * How a new version reaches users.
     */
    strategy: 'Canary' | 'BlueGreen' | 'Shadow';
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
     * A second stack as large as the champion's is made and checked without users, then given a share of them, then all.
     */
    blueGreen: {
      /**
       * Share of users that the second stack is tried with, percent.
       */
      weight: number;
      /**
       * Time with that share before the gate is asked, e.g. 15m.
       */
      validateFor: string;
      /**
       * Deprecated: use after.keepPrevious, which takes precedence unless it is 0s.
       */
      keepPrevious?: string;
    };
    /**
     * The candidate answers duplicates of the champion's requests, which nobody sees, and the answers are compared; then it goes on as a canary.
     */
    shadow: {
      /**
       * Share of users whose requests are duplicated.
       */
      percent: number;
      /**
       * Time in the shadow before the gate is asked, at most 20h.
       */
      holdFor: string;
      /**
       * What follows when the gate has passed. Stop waits there, without users, for the annotation recommender.dev/approve, which lets it go on as a canary, or recommender.dev/abort.
       */
      then: 'Canary' | 'Stop';
    };
    /**
     * What follows a promotion.
     */
    after: {
      /**
       * Time for which the guardrails go on over a new champion, and everyone returns to the champion before it when one is violated; 0s turns it off.
       */
      watchFor: string;
      /**
       * How much worse than the last hour of the champion before it a new champion may be in failed requests, latency and fallbacks: 0.5 is half as much again.
       */
      tolerance: string;
      /**
       * How long the pods of the previous champion are kept after a promotion, so that a rollback to it is instant. Defaults to 24h with strategy BlueGreen and to 0s otherwise, which keeps them for half a minute. Ignored with router None, whose Service would still send them users.
       */
      keepPrevious?: string;
    };
    /**
     * Who divides the requests between champion and candidate. A change waits while a candidate is under way.
     */
    router: {
      /**
       * BuiltIn: the champion's pods, user by user. Nginx: ingress-nginx, request by request. Istio: the mesh, request by request. None: the number of pods.
       */
      type: 'BuiltIn' | 'Nginx' | 'Istio' | 'None';
      /**
       * An Ingress of your own (ingress), or one that the operator makes (host).
       */
      nginx?: {
        /**
         * Ingress in the namespace of the model with a rule that leads to the Service NAME, the name of the model.
         */
        ingress?: string;
        /**
         * Host name of the Ingress that the operator makes.
         */
        host?: string;
        /**
         * Class of that Ingress; left out, nginx.
         */
        className?: string;
        /**
         * Secret with the certificate of the host; the operator does not read it.
         */
        tlsSecret?: string;
      };
      /**
       * A VirtualService of your own (virtualService), or one that the operator makes. Left out, one for the Service NAME in the whole mesh.
       */
      istio?: {
        /**
         * VirtualService in the namespace of the model whose routes lead to the Services NAME and NAME-candidate.
         */
        virtualService?: {
          /**
           * Name of the VirtualService.
           */
          name: string;
          /**
           * Names of the HTTP routes that get weights; left out, its only one.
           *
           * @minItems 1
           * @maxItems 20
           */
          routes?: string[];
        };
        /**
         * Hosts of the VirtualService that the operator makes; left out, NAME.
         *
         * @minItems 1
         * @maxItems 20
         */
        hosts?: string[];
        /**
         * Gateways it is bound to, NAME, NAMESPACE/NAME or mesh; left out, mesh.
         *
         * @minItems 1
         * @maxItems 20
         */
        gateways?: string[];
      };
      /**
       * Requests with this header go to the candidate, whatever its share. For Nginx and Istio.
       */
      testers?: {
        /**
         * Name of the header.
         */
        header: string;
        /**
         * The value it must have.
         */
        value: string;
      };
    };
    /**
     * Manual waits for the annotation recommender.dev/approve before the first user and again before a version serves everyone.
     */
    approval: 'Automatic' | 'Manual';
    /**
     * What a version must show before anything changes.
     */
    validation: {
      /**
       * Compatible rejects a version that breaks what callers of the champion rely on: another task, an input that is gone or of another type, a field that requests must have now, fewer answers or shorter texts. Any allows all of that.
       */
      contract: 'Compatible' | 'Any';
      /**
       * Share at least of the champion's items that a version must still have.
       */
      minItemCoverage: string;
      /**
       * Traffic of golden requests that the validation Job gives the model, to measure it. The figures go into the ModelVersion; they reject a version only where a limit is set here, or where no request was answered.
       */
      load: {
        /**
         * Requests a second, whether or not earlier ones were answered; 0 measures nothing.
         */
        requestsPerSecond: number;
        /**
         * How long, at most 60s. A warm-up of a quarter of it goes before.
         */
        duration: string;
        /**
         * 99th percentile at most, from the moment a request was due. Left out, no limit: what else runs on the machine counts too.
         */
        p99Latency?: string;
        /**
         * Memory at most of the process that serves, at its peak and with one inference thread, e.g. 400Mi. Left out, no limit.
         */
        memory?: string;
      };
      /**
       * Share at least of the users the champion knows that a version must know.
       */
      minUserCoverage: string;
      /**
       * How many words at least an input of a version must know, users apart, as a share of those the same input of the champion knows.
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
       * Left out, the same namespace. The operator must watch it.
       */
      namespace?: string;
      /**
       * Name of the RecommenderModel.
       */
      name: string;
      /**
       * Time as champion without a break, e.g. 1h.
       */
      championFor: string;
    }[];
    /**
     * Times in which no new version starts. A version on its way goes on, and the ways back stay open.
     *
     * @maxItems 20
     */
    freeze?: {
      /**
       * Beginning of a single window.
       */
      from?: string;
      /**
       * End of a single window.
       */
      to?: string;
      /**
       * When windows begin that come again: minute, hour, day of the month, month and day of the week, as of a CronJob, e.g. 0 17 * * Fri.
       */
      schedule?: string;
      /**
       * How long each of them lasts, e.g. 63h.
       */
      duration?: string;
      /**
       * IANA time zone of schedule, e.g. Europe/Berlin.
       */
      timeZone: string;
    }[];
    /**
     * Time in which a version's pods must become ready; after that the version is rejected.
     */
    progressDeadline: string;
  };
  registry: {
    /**
     * How many versions that serve nobody are kept on record, the newest; older ones are deleted unless something needs them. What users met and was given up is always kept.
     */
    keep: number;
  };
  analysis: {
    /**
     * Time between two measurements.
     */
    interval: string;
    /**
     * Time a measurement looks back. It should hold four scrapes of Prometheus or more: with fewer than two nothing is ever measured, and every step holds.
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
      /**
       * Share of requests at most that the candidate's own pods refuse as too many: from one caller, or for one pod.
       */
      throttledRate: string;
    };
    /**
     * Limits on the answers of a shadowed version, as means over its compared answers; what is left out is reported and not asked. Its errors and latency are held against guardrails.
     */
    shadow: {
      /**
       * Share at least of the items of an answer that are in the champion's as well.
       */
      minOverlap?: string;
      /**
       * Rank-biased overlap (p = 0.9) with the champion's answers at least, in which the first places count most.
       */
      minRankBiasedOverlap?: string;
      /**
       * Share at least of the answers that its model gives itself, not as popular items, and with no fewer items than the champion's.
       */
      minCoverage?: string;
      /**
       * Difference at most of the scores of items both recommend, relative to the champion's. Only for models whose scores have the same meaning.
       */
      maxScoreDrift?: string;
    };
    /**
     * Offline metrics of the bundle that a version must reach before any user sees it. Of each metric either more is better (min, minImprovement) or less is (max, maxIncrease).
     *
     * @maxItems 20
     */
    acceptance?: {
      /**
       * Name in the metrics of bundle.yaml, e.g. ndcg@10. A bundle without it is rejected.
       */
      metric: string;
      /**
       * Value at least.
       */
      min?: string;
      /**
       * Value at most.
       */
      max?: string;
      /**
       * Difference to the champion's value at least; "-0.01" allows a loss of 0.01. Not asked of a version without a champion that has recorded the metric, which the decision says.
       */
      minImprovement?: string;
      /**
       * Difference to the champion's value at most, of a metric of which less is better; "0.01" allows a rise by 0.01, "-0.01" asks for a fall by as much. Not asked where minImprovement would not be.
       */
      maxIncrease?: string;
    }[];
    /**
     * Further guardrails by PromQL query.
     *
     * @maxItems 20
     */
    custom: {
      /**
       * Name of the guardrail, as verdicts and decisions tell it.
       */
      name: string;
      /**
       * PromQL that yields one number; {{args.namespace}}, {{args.model}} and {{args.version}} stand for the candidate.
       */
      query: string;
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
   * Models of a namespace that name the same group go through the steps of their releases together, e.g. a retriever and its ranker. Where one fails, all go back.
   */
  group?: string;
  /**
   * Webhooks that are told of releases, signed as Standard Webhooks say. Each call is tried again for a day until it is accepted, and may come twice.
   *
   * @maxItems 5
   */
  notifications?: {
    webhook: {
      /**
       * The key that holds the address, in the place of url, for one that whoever reads the model need not know.
       */
      urlRef?: {
        /**
         * As in secretRef.
         */
        key: string;
      };
      /**
       * Where to post. Its host must be in the operator's allow-list; redirects are not followed.
       */
      url?: string;
      /**
       * The key that signs; left out, calls are not signed.
       */
      secretRef?: {
        /**
         * Stands for the key NAMESPACE.KEY of the Secret that is mounted into the operator, where NAMESPACE is that of the model.
         */
        key: string;
      };
    };
    /**
     * CloudEvents 1.0 in structured mode, or a JSON object whose text Slack and its like show.
     */
    format: 'CloudEvents' | 'Json';
    /**
     * What to tell; left out, all of it.
     *
     * @minItems 1
     * @maxItems 10
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
    )[];
  }[];
}

export interface RecommenderModelStatus {
  /**
   * Generation of the spec that this status speaks of.
   */
  observedGeneration?: number;
  /**
   * Where the wished version stands, in one word.
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
   * What happens now and what is awaited, in one sentence.
   */
  message?: string;
  /**
   * The version that serves. The truth; spec.release is the wish.
   */
  champion?: {
    /**
     * Number of the version.
     */
    version: string;
    /**
     * sha256 of its bundle.yaml.
     */
    digest: string;
    /**
     * Where its bundle was last fetched from with success.
     */
    uri: string;
    /**
     * When it became champion.
     */
    since: string;
  };
  /**
   * The version on its way.
   */
  candidate?: {
    /**
     * Number of the version.
     */
    version: string;
    /**
     * sha256 of its bundle.yaml.
     */
    digest: string;
    /**
     * When its validation began.
     */
    since: string;
    /**
     * Share of users, percent.
     */
    weight?: number;
    /**
     * Share that its present step is to bring it to, percent.
     */
    desiredWeight?: number;
    /**
     * Share that it has in fact, percent, where that is known apart from weight: with the router None, by the number of ready pods.
     */
    appliedWeight?: number;
    /**
     * Step of the delivery, from 1.
     */
    step?: number;
    /**
     * How many steps the delivery has.
     */
    steps?: number;
    /**
     * Distinct users that its pods saw in the five minutes before the last measurement; one that two pods saw counts twice.
     */
    users?: number;
    /**
     * End of the hold of the present step; then the gate is asked.
     */
    holdsUntil?: string;
    /**
     * When the gate that is asked is expected to have enough requests, at the rate of its measurements so far, rounded up; only where that can be told.
     */
    verdictExpectedAt?: string;
  };
  /**
   * The champion before, while its pods still stand; a rollback to it is instant.
   */
  previous?: {
    /**
     * Number of the version.
     */
    version: string;
    /**
     * sha256 of its bundle.yaml.
     */
    digest: string;
    /**
     * When its pods go.
     */
    keptUntil: string;
  };
  conditions?: {
    /**
     * What the condition speaks of, e.g. Ready.
     */
    type: string;
    /**
     * Whether it holds.
     */
    status: 'True' | 'False' | 'Unknown';
    /**
     * Why, in one word.
     */
    reason: string;
    /**
     * Why, in a sentence.
     */
    message: string;
    /**
     * When status changed last.
     */
    lastTransitionTime: string;
    /**
     * Generation of the spec that it speaks of.
     */
    observedGeneration?: number;
  }[];
  /**
   * Last measurement of every guardrail of the candidate, or of the champion that is watched.
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
     * Limit it is held against.
     */
    threshold?: string;
    /**
     * Requests it rests on.
     */
    samples?: number;
    /**
     * Time the measurement looked back.
     */
    window?: string;
    /**
     * Whether the limit is kept; Wait where there is too little data to say.
     */
    verdict: 'Pass' | 'Fail' | 'Wait';
    /**
     * Why it waits.
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
     * Number of the version.
     */
    version: string;
    /**
     * Stage before.
     */
    from: string;
    /**
     * Stage after.
     */
    to: string;
    /**
     * When it was decided.
     */
    at: string;
    /**
     * Who decided: the operator, or the field manager that wrote an act.
     */
    by: string;
    /**
     * What decided, in one word.
     */
    rule?: string;
    /**
     * The decision in words.
     */
    reason: string;
  }[];
  /**
   * What is still to be sent to spec.notifications, and what has been taken up; only where there are any.
   */
  notifications?: {
    /**
     * Decisions from then on are told.
     */
    since: string;
    /**
     * What was taken up lately, so that it is taken up once.
     */
    told?: {
      /**
       * Id of the notice.
       */
      id: string;
      /**
       * When it happened.
       */
      at: string;
    }[];
    /**
     * What no webhook has accepted yet, oldest first, at most 50.
     */
    pending?: {
      /**
       * The same in every attempt; receivers know repetitions by it.
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
       * Number of the version it happened to.
       */
      version: string;
      /**
       * What decided, in one word.
       */
      rule?: string;
      /**
       * Who decided it.
       */
      by?: string;
      /**
       * What is told.
       */
      text: string;
      /**
       * Attempts that failed.
       */
      attempts?: number;
      /**
       * When it was last tried.
       */
      triedAt?: string;
      /**
       * Why the last attempt failed, in one sentence.
       */
      error?: string;
      /**
       * The receiver asked not to be called before.
       */
      notBefore?: string;
    }[];
    /**
     * Notifications that were given up because a day had passed or too many waited.
     */
    dropped?: number;
  };
  /**
   * Annotations that have been answered, by the name of the act, so that each acts once.
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
   * What became of the act that was answered last.
   */
  lastAct?: {
    /**
     * Which act it was.
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
     * What became of it; Underway while it is being carried out.
     */
    outcome: 'Done' | 'Refused' | 'Underway';
    /**
     * What became of it, in a sentence.
     */
    message: string;
    /**
     * When it was answered.
     */
    at: string;
  };
}
