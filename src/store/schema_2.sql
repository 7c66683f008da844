-- src/store/schema_2.sql - from version 1 to 2.

-- Who must not be texted although nothing else is known of them any more: a slow hash of the number
-- with a salt, as crypt(5) has them. `source` is that of the opt-out, NULL where they did not opt
-- out.
CREATE TABLE forgotten_salt (
  id INTEGER PRIMARY KEY,
  salt TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE forgotten (
  salt INTEGER NOT NULL REFERENCES forgotten_salt,
  hash TEXT NOT NULL,
  source TEXT,
  doubtful INTEGER NOT NULL CHECK (doubtful IN (0, 1)),
  skipped INTEGER NOT NULL CHECK (skipped IN (0, 1)),
  blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),
  at INTEGER NOT NULL,
  UNIQUE (salt, hash)
) STRICT;

-- The owner's phones, as the configuration has them, with the PINs that were wrong since
-- `wrong_at`; what is wrong, and whether they were `told`; and for whose wait, whose answer, which
-- departure.
CREATE TABLE owner (
  number TEXT PRIMARY KEY,
  wrong INTEGER NOT NULL DEFAULT 0,
  wrong_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE trouble (
  key TEXT PRIMARY KEY,
  what TEXT NOT NULL,
  since INTEGER NOT NULL,
  told INTEGER,
  count INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX trouble_untold ON trouble (since) WHERE told IS NULL;
ALTER TABLE contact ADD COLUMN wait_told INTEGER;
CREATE INDEX contact_untold ON contact (waiting_since) WHERE
  state = 'open' AND waiting_since IS NOT NULL AND waiting_since IS NOT wait_told;
ALTER TABLE message ADD COLUMN owner TEXT;
ALTER TABLE departure ADD COLUMN owner INTEGER NOT NULL DEFAULT 0
  CHECK (owner IN (0, 1));
CREATE INDEX departure_owner ON departure (line, at) WHERE owner;

-- When a part was last handed to the modem, as far as that is known.
ALTER TABLE part ADD COLUMN taken INTEGER;

-- What people wrote in a web form, with the consent that came with it: `message` is what they
-- wrote, `answer` our text. `consented` is when they agreed where the form says so.
CREATE TABLE lead (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
  message INTEGER NOT NULL UNIQUE REFERENCES message ON DELETE CASCADE,
  answer INTEGER REFERENCES message ON DELETE SET NULL,
  name TEXT,
  consent INTEGER NOT NULL CHECK (consent IN (0, 1)),
  consent_text TEXT,
  consented INTEGER,
  source TEXT,
  at INTEGER NOT NULL,
  reason TEXT,
  config TEXT,
  facts TEXT
) STRICT;
CREATE INDEX lead_contact ON lead (contact, id);
CREATE INDEX lead_answer ON lead (answer) WHERE answer IS NOT NULL;
CREATE TABLE lead_rule (
  lead INTEGER NOT NULL REFERENCES lead ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  rule TEXT NOT NULL,
  stop INTEGER NOT NULL CHECK (stop IN (0, 1)),
  detail TEXT,
  PRIMARY KEY (lead, seq)
) STRICT, WITHOUT ROWID;

-- Numbers of one person: `contact` is shown in `thread`, which is joined to none itself.
CREATE TABLE joined (
  contact INTEGER PRIMARY KEY REFERENCES contact ON DELETE CASCADE,
  thread INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
  CHECK (contact <> thread)
) STRICT;
CREATE INDEX joined_thread ON joined (thread);

-- Texts that follow `message` if nobody answers it. `due` is when to look at one, NULL once it is
-- settled: by `text`, which was queued, or by the `reason` why it never comes.
CREATE TABLE follow_up (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  line INTEGER NOT NULL REFERENCES line,
  contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
  message INTEGER NOT NULL UNIQUE REFERENCES message ON DELETE CASCADE,
  nudge INTEGER NOT NULL CHECK (nudge >= 0),
  due INTEGER,
  text INTEGER REFERENCES message ON DELETE SET NULL,
  reason TEXT,
  CHECK (due IS NULL OR (text IS NULL AND reason IS NULL))
) STRICT;
CREATE INDEX follow_up_line ON follow_up (line, due) WHERE due IS NOT NULL;
CREATE INDEX follow_up_due ON follow_up (due) WHERE due IS NOT NULL;
CREATE INDEX follow_up_contact ON follow_up (contact, due) WHERE due IS NOT NULL;
CREATE INDEX follow_up_person ON follow_up (contact);
CREATE INDEX follow_up_text ON follow_up (text) WHERE text IS NOT NULL;

-- The ends of the times that were written, without the events that each call adds: has a clock been
-- wrong?
CREATE INDEX event_seldom ON event (at)
  WHERE type NOT IN ('call.ringing','call.missed','decision','message.queued','message.sent',
    'message.delivered');

-- The public views, with what was added.
DROP VIEW v_calls;
CREATE VIEW v_calls AS
SELECT c.id, l.name AS line, p.number, p.name, c.withheld,
  strftime('%Y-%m-%dT%H:%M:%SZ', c.started, 'unixepoch') AS started_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', c.ended, 'unixepoch') AS ended_at,
  c.rings, c.outcome, c.decision, c.reason, m.id AS message,
  ifnull((SELECT thread FROM joined WHERE contact = c.contact), c.contact) AS thread,
  c.certain, m.state AS message_state, m.error AS message_error
FROM call c
  JOIN line l ON l.id = c.line
  LEFT JOIN contact p ON p.id = c.contact
  LEFT JOIN message m ON m.call = c.id AND m.cause = 'missed_call' AND m.call IS NOT NULL;

DROP VIEW v_messages;
CREATE VIEW v_messages AS
SELECT m.id, l.name AS line,
  ifnull((SELECT thread FROM joined WHERE contact = m.contact), m.contact) AS thread,
  p.number, m.direction, m.text, m.cause, m.state, m.parts,
  strftime('%Y-%m-%dT%H:%M:%SZ', m.created, 'unixepoch') AS created_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', m.sent, 'unixepoch') AS sent_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', m.delivered, 'unixepoch') AS delivered_at,
  m.error, m.call, m.resent, p.name,
  strftime('%Y-%m-%dT%H:%M:%SZ', m.due, 'unixepoch') AS due_at, m.held, m.owner,
  (SELECT id FROM lead WHERE message = m.id) AS lead
FROM message m
  JOIN line l ON l.id = m.line
  JOIN contact p ON p.id = m.contact;

DROP VIEW v_threads;
CREATE VIEW v_threads AS
SELECT id, number, name, state, unread,
  strftime('%Y-%m-%dT%H:%M:%SZ', waiting_since, 'unixepoch') AS waiting_since,
  EXISTS (SELECT 1 FROM opt_out o WHERE o.number = contact.number) AS opted_out,
  blocked, calls, messages,
  strftime('%Y-%m-%dT%H:%M:%SZ', last_at, 'unixepoch') AS last_at, last_text,
  (SELECT thread FROM joined WHERE contact = contact.id) AS joined_to
FROM contact;
