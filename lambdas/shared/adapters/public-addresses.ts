import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { PermanentError } from "../domain/errors.ts";

/**
 * False for every address that is not one of the public internet: private, loopback, link-local (the metadata service),
 * carrier-grade NAT, multicast, reserved, and IPv6 forms that stand for an IPv4 address (mapped, NAT64, 6to4, Teredo).
 */
export const isPublicAddress = (text: string): boolean => {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address.range() !== "unicast") return false;
  // Global unicast of IPv6 is 2000::/3; the library takes all that is not listed for it, `::127.0.0.1` as well.
  return address instanceof ipaddr.IPv4 || ((address.parts[0] ?? 0) & 0xe000) === 0x2000;
};

/**
 * A look-up for connections that must not lead inside: it gives the addresses that are then connected to, so that a name
 * cannot mean one address when it is looked at and another one when it is used. All of them must be public. It is not asked for
 * hosts that are addresses themselves.
 */
export const publicLookup =
  (lookup: LookupFunction = systemLookup): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const addresses = typeof found === "string" ? [{ address: found, family: 4 }] : found;
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(new PermanentError("refused", `${hostname} is not in the public internet`), []);
      }
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
    });
  };
