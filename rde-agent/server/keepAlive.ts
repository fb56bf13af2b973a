import type { WebSocket } from 'ws';

/** milliseconds between pings; a client that answered none in between is gone */
const PING_EVERY = 15_000;

/** Finds clients that vanished without saying so (a cut cable, a stopped process) and frees what they held. */
export function keepAlive(socket: WebSocket): void {
  let answered = true;
  socket.on('pong', () => void (answered = true));
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, PING_EVERY);
  socket.on('close', () => clearInterval(timer));
  timer.unref();
}
