// Buttons and small forms that change something at the hub, who may do that, and the line that says why the hub would not.
// What is changed is for who makes them.
import { access, Forbidden } from './api.js';
import { button, byId, el } from './dom.js';

/** Does it. When the hub refuses, the page says why, and a token that may only read loses the buttons.
 *  @returns whether it was done */
export async function operate(request) {
  try {
    await request();
    byId('refusal').textContent = '';
    return true;
  } catch (error) {
    const readsOnly = error instanceof Forbidden;
    if (readsOnly) document.body.classList.add('reads-only');
    byId('refusal').textContent = error.message;
    return false;
  }
}

/** Says whose token this is, and takes away what it may not do.
 *  @param caller `name` and `scopes`, as the hub has them */
export function showCaller({ name, scopes }) {
  const readsOnly = !scopes.includes('operate');
  document.body.classList.toggle('reads-only', readsOnly);
  byId('leave').hidden = access.token === null;
  if (access.token === null) return;
  byId('who').textContent = readsOnly ? `${name} may only read` : name;
  byId('who').title = readsOnly
    ? `The token '${name}' lacks the scope 'operate', so nothing that changes something is shown.`
    : '';
}

/** Forgets the token, so that another can be entered. */
export function leave() {
  access.forget();
  location.reload();
}

/** A button that does this; it can't be pressed again until that is over. */
export function operateButton(label, request, attributes = {}) {
  const press = async ({ currentTarget: pressed }) => {
    pressed.disabled = true;
    await operate(request);
    pressed.disabled = false;
  };
  return button(label, press, { class: 'operate', ...attributes });
}

/** A line to type something into, with a button for each thing that can be done with it. */
export class InlineForm {
  #opener = null;
  element = el('form', { class: 'ask operate', hidden: '' });

  constructor() {
    this.element.onkeydown = (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
    };
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** A second time closes it.
   *  @param opener button that has the focus again afterwards
   *  @param choices what each button is called, and what it does with the text; Enter means the first one */
  toggle(opener, { label, placeholder }, choices) {
    if (this.isOpen && this.#opener === opener) {
      this.close();
      return;
    }
    this.#opener = opener;
    const input = el('input', { type: 'text', maxlength: '500', placeholder });
    const act = async (request) => {
      if (await operate(() => request(input.value.trim()))) this.close();
    };
    this.element.onsubmit = (event) => {
      event.preventDefault();
      act(choices[0][1]);
    };
    const buttons = choices.map(([name, request], i) =>
      i === 0 ? el('button', { type: 'submit' }, [name]) : button(name, () => act(request)),
    );
    this.element.replaceChildren(
      el('label', {}, [label, input]),
      ...buttons,
      button('cancel', () => this.close()),
    );
    this.element.hidden = false;
    input.focus();
  }

  close() {
    const hadFocus = this.element.contains(document.activeElement);
    this.element.hidden = true;
    if (hadFocus) this.#opener?.focus();
  }
}
