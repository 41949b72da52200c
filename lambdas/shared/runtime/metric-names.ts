/** Names shared by the functions that publish metrics and the alarms that watch them. No SDK in here. */
export const METRICS_NAMESPACE = "EnvisionBridge";

export const metricNames = {
  /** Transactions made durable, and those that had come before. */
  transactionsStored: "TransactionsStored",
  transactionsKnown: "TransactionsKnown",
  /** Messages kept apart: unreadable without a ticket, or another client's. */
  messagesQuarantined: "MessagesQuarantined",
  /** 1 for each run that read Ensono's queue to its end, 0 for one that did not. */
  queueDrained: "QueueDrained",
  /** Lanes whose time had come at a sweep, how long the longest had been due, and lanes that are held. */
  lanesDue: "LanesDue",
  oldestDueSeconds: "OldestDueSeconds",
  lanesHeld: "LanesHeld",
  /** Tickets that have waited for more than two minutes for what can be done about them, and since when the longest does. */
  ticketsWaiting: "TicketsWaiting",
  oldestWaitingSeconds: "OldestWaitingSeconds",
  /** Files on their way whose time had come at a sweep. */
  transfersDue: "TransfersDue",
  /** Sides whose breaker is open at a sweep. */
  ensonoBreakerOpen: "EnsonoBreakerOpen",
  clientBreakerOpen: "ClientBreakerOpen",
  /** Values that are in no mapping table. */
  valuesUnmapped: "ValuesUnmapped",
  /** Requests of the client's ITSM by what became of them. */
  eventsAccepted: "EventsAccepted",
  authenticationFailures: "AuthenticationFailures",
} as const;
