// Tells whether this machine has a route to an address at all, so that a missing one isn't blamed on the far side.
// What follows from it is for the checks.
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** Any port does: nothing is sent. */
const PORT = 9;

/** Asks the kernel by connecting a UDP socket. @returns the code of its refusal, `ENETUNREACH` for instance, or null */
export function missingRoute(address: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const end = (error?: NodeJS.ErrnoException | null) => {
      socket.close();
      resolve(error?.code ?? null);
    };
    // Without files left there is no socket to connect.
    socket.once('error', end);
    // The types don't know it, but a failure comes to the callback.
    socket.connect(PORT, address, end);
  });
}
