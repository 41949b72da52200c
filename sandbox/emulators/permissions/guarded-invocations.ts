import type { RestApi, Route } from "../api-routes.ts";
import { accountId } from "../identities.ts";
import type { Schedule } from "../schedules.ts";
import type { Permissions } from "./permissions.ts";

/** Invokes the route's function only if the function's own policy lets this API do so for this path. */
export const guardedRoute = (route: Route, api: RestApi, permissions: Permissions): Route => {
  // Parameters of the path stand as asterisks, as API Gateway names its source.
  const path = route.resource.replaceAll(/\{[^}]+\}/g, "*");
  const sourceArn = `arn:aws:execute-api:${permissions.region}:${accountId}:${api.id}/${api.stage}/${route.method}${path}`;
  return {
    ...route,
    target: {
      async invoke(event, options) {
        const isAllowed = await permissions.mayServiceInvoke("apigateway.amazonaws.com", route.functionArn, sourceArn);
        if (isAllowed) return route.target.invoke(event, options);
        const errorMessage = `API Gateway may not invoke ${route.functionArn} for ${sourceArn}`;
        return { kind: "failed", error: { errorType: "AccessDenied", errorMessage, trace: [] } };
      },
    },
  };
};

/** Invokes the schedule's function only if the schedule's role may. A call of another service is guarded there. */
export const guardedSchedule = (schedule: Schedule, permissions: Permissions): Schedule => {
  const { logicalId, targetArn } = schedule;
  const caller = permissions.callerOf(logicalId);
  if (!targetArn.includes(":function:") || caller === undefined) return schedule;
  return {
    ...schedule,
    async fire(input) {
      const isAllowed = await permissions.mayInvoke(caller, targetArn);
      if (!isAllowed) throw new Error(`AccessDenied: lambda:InvokeFunction on resource: ${targetArn}`);
      return schedule.fire(input);
    },
  };
};
