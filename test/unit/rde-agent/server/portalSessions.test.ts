import assert from 'node:assert/strict';
import { CairnError, type ErrorCode } from '../../../../rde-agent/protocol/errors.ts';
import { createPortalSessions, PORTAL_LIMITS, type PortalSessions } from '../../../../rde-agent/server/portalSessions.ts';

function create(): { sessions: PortalSessions; pass: (seconds: number) => void } {
  let now = 0;
  return {
    sessions: createPortalSessions(
      () => now,
      () => now * 1000,
    ),
    pass: (seconds) => void (now += seconds),
  };
}

function refuses(act: () => unknown, code: ErrorCode): void {
  assert.throws(act, (thrown) => thrown instanceof CairnError && thrown.code === code);
}

describe('server/portalSessions', () => {
  it('takes a code once, and finds the session by its secret', () => {
    const { sessions } = create();
    const { code } = sessions.issue();
    const secret = sessions.signIn(` ${code.toLowerCase().replace('-', ' ')} `);
    assert.ok(sessions.find(secret) !== undefined);
    assert.equal(sessions.find(`${secret.slice(0, -1)}x`), undefined);
    refuses(() => sessions.signIn(code), 'unauthenticated');
  });

  it('takes no code after its time', () => {
    const { sessions, pass } = create();
    const { code, expires } = sessions.issue();
    assert.equal(expires, new Date(PORTAL_LIMITS.code * 1000).toISOString());
    pass(PORTAL_LIMITS.code);
    refuses(() => sessions.signIn(code), 'unauthenticated');
  });

  it('voids every code that was good while five wrong ones were tried', () => {
    const { sessions } = create();
    const codes = [sessions.issue().code, sessions.issue().code];
    for (let index = 0; index < 5; index += 1) refuses(() => sessions.signIn('AAAA-AAAA'), 'unauthenticated');
    for (const code of codes) refuses(() => sessions.signIn(code), 'unauthenticated');
    assert.ok(sessions.signIn(sessions.issue().code));
  });

  it('lets a minute pass after many tries, also for the right code', () => {
    const { sessions, pass } = create();
    for (let index = 0; index < 30; index += 1) refuses(() => sessions.signIn('AAAA-AAAA'), 'unauthenticated');
    const { code } = sessions.issue();
    refuses(() => sessions.signIn(code), 'limit-exceeded');
    pass(61);
    assert.ok(sessions.signIn(code));
  });

  it('ends a session that was silent, but not while a socket of it is open', () => {
    const { sessions, pass } = create();
    const silent = sessions.signIn(sessions.issue().code);
    const busy = sessions.signIn(sessions.issue().code);
    const release = sessions.find(busy)?.hold();
    pass(PORTAL_LIMITS.idle);
    assert.equal(sessions.find(silent), undefined);
    assert.ok(sessions.find(busy) !== undefined);
    release?.();
    pass(PORTAL_LIMITS.idle);
    assert.equal(sessions.find(busy), undefined);
  });

  it('ends every session in a week, whatever is done with it', () => {
    const { sessions, pass } = create();
    const secret = sessions.signIn(sessions.issue().code);
    const session = sessions.find(secret);
    session?.hold();
    pass(PORTAL_LIMITS.session);
    assert.equal(sessions.find(secret), undefined);
    assert.equal(session?.ended.aborted, true);
  });

  it('keeps a flood of codes and sessions small', () => {
    const { sessions, pass } = create();
    const first = sessions.issue().code;
    for (let index = 0; index < 8; index += 1) sessions.issue();
    refuses(() => sessions.signIn(first), 'unauthenticated');
    const secrets = Array.from({ length: 70 }, () => {
      pass(3);
      return sessions.signIn(sessions.issue().code);
    });
    assert.equal(sessions.find(secrets[0] ?? ''), undefined);
    assert.ok(sessions.find(secrets.at(-1) ?? '') !== undefined);
  });

  it('signs everybody out, and voids what was not used', async () => {
    const { sessions } = create();
    const secret = sessions.signIn(sessions.issue().code);
    const { code } = sessions.issue();
    const ended = sessions.find(secret)?.ended;
    assert.equal(sessions.endAll(), 1);
    assert.equal(sessions.find(secret), undefined);
    refuses(() => sessions.signIn(code), 'unauthenticated');
    await new Promise((resolve) => ended?.addEventListener('abort', resolve, { once: true }));
  });
});
