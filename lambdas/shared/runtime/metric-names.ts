/** Names shared by the functions that publish metrics and the alarms that watch them. No SDK in here. */

/** Each stage has a namespace of its own: several stages may live in one account. */
export const metricsNamespace = (stage: string): string => `EnvisionBridge/${stage}`;

/** The one dimension: the function that publishes the metric, by the name of its folder. */
export const SERVICE_DIMENSION = "service";

/** What ends in `Seconds` is one; everything else is a count. */
export const metricNames = {
  /** Transactions made durable, and those that had come before. */
  transactionsStored: "TransactionsStored",
  transactionsKnown: "TransactionsKnown",
  /** Messages kept apart: unreadable without a ticket, or another client's. */
  messagesQuarantined: "MessagesQuarantined",
  /** 1 for each run that could read Ensono's queue, and that read it to its end; 0 for one that did not. */
  queueRead: "QueueRead",
  queueDrained: "QueueDrained",
  /** How often Ensono had given out the message of a run that it gave out most often: at 20 it gives it out no more. */
  mostReceives: "MostReceives",
  /** 1 for each sweep. */
  sweeps: "Sweeps",
  /** Lanes whose time had come at a sweep, how long the longest had been due, and lanes that are held. */
  lanesDue: "LanesDue",
  oldestDueSeconds: "OldestDueSeconds",
  /** Files on their way whose time had come at a sweep. */
  transfersDue: "TransfersDue",
  lanesHeld: "LanesHeld",
  oldestHeldSeconds: "OldestHeldSeconds",
  /** Lanes that are held because a number is linked to another one. */
  linkConflicts: "LinkConflicts",
  /** Entries that arrived two minutes ago or earlier and are not done, held lanes apart, and how long ago the oldest arrived. */
  waitingToClient: "WaitingToClient",
  oldestToClientSeconds: "OldestToClientSeconds",
  waitingToEnsono: "WaitingToEnsono",
  oldestToEnsonoSeconds: "OldestToEnsonoSeconds",
  /** Since when the outcome of the call is unknown that has been in doubt the longest. */
  oldestInDoubtSeconds: "OldestInDoubtSeconds",
  /** How long the oldest ticket number has been owed to the other side. */
  oldestOwedNumberSeconds: "OldestOwedNumberSeconds",
  /** Tickets that the client has made, and whose number it has not given yet. */
  numbersPromised: "NumbersPromised",
  /** Files on their way into our store and to Ensono, and how old the oldest is. */
  filesToFetch: "FilesToFetch",
  oldestFileToFetchSeconds: "OldestFileToFetchSeconds",
  filesToSend: "FilesToSend",
  oldestFileToSendSeconds: "OldestFileToSendSeconds",
  /** Sides whose breaker is open at a sweep. */
  ensonoBreakerOpen: "EnsonoBreakerOpen",
  ensonoQueueBreakerOpen: "EnsonoQueueBreakerOpen",
  clientBreakerOpen: "ClientBreakerOpen",
  /** Sides that an operator has paused. */
  ensonoPaused: "EnsonoPaused",
  ensonoQueuePaused: "EnsonoQueuePaused",
  clientPaused: "ClientPaused",
  /** Values that are in no mapping table. */
  valuesUnmapped: "ValuesUnmapped",
  /** Requests of the client's ITSM by what became of them. */
  eventsAccepted: "EventsAccepted",
  authenticationFailures: "AuthenticationFailures",
  /** Lines that functions logged as errors: counted in their logs, and therefore without a dimension. */
  errorsLogged: "ErrorsLogged",
  /** Events on the stack's bus: published, batches that have to come again, and those that nobody will be told of. */
  eventsPublished: "EventsPublished",
  eventBatchesPutOff: "EventBatchesPutOff",
  eventsGivenUp: "EventsGivenUp",
} as const;

export type MetricKey = keyof typeof metricNames;

/** Values of metrics at one moment. */
export type MetricValues = { readonly [Key in MetricKey]?: number };

export type Publisher = "poller" | "processor" | "forwarder" | "ingest" | "sweeper" | "event-publisher" | "logs";

/** Who publishes each metric. */
export const publishersOf = (key: MetricKey): readonly Publisher[] => {
  switch (key) {
    case "transactionsStored":
    case "transactionsKnown":
    case "messagesQuarantined":
    case "queueRead":
    case "queueDrained":
    case "mostReceives":
      return ["poller"];
    case "valuesUnmapped":
      return ["processor", "forwarder"];
    case "eventsAccepted":
    case "authenticationFailures":
      return ["ingest"];
    case "eventsPublished":
    case "eventBatchesPutOff":
    case "eventsGivenUp":
      return ["event-publisher"];
    case "errorsLogged":
      return ["logs"];
    default:
      return ["sweeper"];
  }
};
