// The connection to the hub's event stream, which is made again whenever it is lost, and the line that says so: what is shown
// may be old. What events mean is for page.js.
import { access, stream } from './api.js';
import { byId } from './dom.js';
import { clock } from './format.js';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 15_000;

export class Connection {
  #retryMs = FIRST_RETRY_MS;
  #take;
  #again;
  /** Until when what is shown was true; null before anything was shown. */
  #liveUntil = null;
  #isOpen = false;

  /** @param take is given each event, the first of which is `authenticated`: none is missed from then on
   *  @param again is called some time after the connection was lost or could not be made */
  constructor(take, again) {
    this.#take = take;
    this.#again = again;
  }

  open() {
    const socket = stream();
    socket.onopen = () => {
      // Without a token the hub lets in unasked, and says nothing of it.
      if (access.token === null) this.#take({ type: 'authenticated' });
      else socket.send(JSON.stringify({ type: 'auth', token: access.token }));
      this.#retryMs = FIRST_RETRY_MS;
      this.#isOpen = true;
      show(true);
      byId('offline').textContent = '';
    };
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    socket.onclose = () => this.retry();
  }

  /** More and more slowly.
   *  @param reason why it could not be made */
  retry(reason) {
    show(false);
    if (this.#isOpen) this.#liveUntil = new Date();
    this.#isOpen = false;
    if (reason !== undefined) byId('offline').textContent = `${reason} ${this.#ageText()}Trying again.`;
    setTimeout(this.#again, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #ageText() {
    return this.#liveUntil === null ? '' : `What is shown here is of ${clock(this.#liveUntil)}. `;
  }
}

function show(on) {
  byId('live').textContent = on ? 'live ●' : 'no connection, trying again';
  byId('live').classList.toggle('on', on);
}
