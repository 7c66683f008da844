-- src/store/schema_1.sql - the store as it was first released: never changed.
-- Times are seconds of UTC since 1970, NULL where there is none. Words are those of the JSON.

CREATE TABLE line (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

-- A person, and so a thread; the columns from `unread` on are what the inbox shows, kept up to
-- date.
CREATE TABLE contact (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  number TEXT NOT NULL UNIQUE CHECK (number <> ''),
  name TEXT,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open','snoozed','done')),
  snoozed_until INTEGER, -- meaningful in that state
  handled_text INTEGER, -- the last text and call that somebody here has dealt with
  handled_call INTEGER,
  blocked INTEGER NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1)),
  unread INTEGER NOT NULL DEFAULT 0 CHECK (unread >= 0),
  calls INTEGER NOT NULL DEFAULT 0,
  messages INTEGER NOT NULL DEFAULT 0,
  texted INTEGER, -- when the last text to them was due
  waiting_since INTEGER,
  last_at INTEGER NOT NULL,
  last_text TEXT
) STRICT;
CREATE INDEX contact_all ON contact (ifnull(waiting_since - 4611686018427387904, -last_at));
CREATE INDEX contact_open ON contact (ifnull(waiting_since - 4611686018427387904, -last_at))
  WHERE state = 'open';
CREATE INDEX contact_unread ON contact (ifnull(waiting_since - 4611686018427387904, -last_at))
  WHERE unread > 0;
CREATE INDEX contact_snoozed ON contact (snoozed_until) WHERE state = 'snoozed';
CREATE INDEX contact_texted ON contact (texted) WHERE texted IS NOT NULL;
CREATE INDEX contact_name ON contact (name COLLATE NOCASE) WHERE name IS NOT NULL;

CREATE TABLE call (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  line INTEGER NOT NULL REFERENCES line,
  contact INTEGER REFERENCES contact,
  withheld INTEGER NOT NULL CHECK (withheld IN (0, 1)),
  certain INTEGER NOT NULL DEFAULT 1 CHECK (certain IN (0, 1)),
  started INTEGER NOT NULL,
  ended INTEGER,
  rings INTEGER NOT NULL DEFAULT 0,
  outcome TEXT NOT NULL DEFAULT 'ringing' CHECK (outcome IN
    ('ringing','missed','answered','answered_elsewhere','rejected')),
  decision TEXT NOT NULL DEFAULT 'pending' CHECK (decision IN ('pending','text','no_text')),
  reason TEXT,
  config TEXT, -- hash of the configuration that decided
  facts TEXT, -- what it decided on: a JSON object
  CHECK ((ended IS NULL) = (outcome = 'ringing')),
  CHECK ((reason IS NOT NULL) = (decision = 'no_text'))
) STRICT;
CREATE INDEX call_started ON call (started);
CREATE INDEX call_missed ON call (started) WHERE outcome IN ('missed','rejected');
CREATE INDEX call_contact ON call (contact, started);
CREATE INDEX call_answered ON call (contact, started)
  WHERE outcome IN ('answered','answered_elsewhere');
CREATE INDEX call_unsettled ON call (line, id)
  WHERE (outcome = 'ringing' OR decision = 'pending');

-- The rules of a call in the order in which they were asked.
CREATE TABLE decision (
  call INTEGER NOT NULL REFERENCES call ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  rule TEXT NOT NULL,
  stop INTEGER NOT NULL CHECK (stop IN (0, 1)),
  detail TEXT,
  PRIMARY KEY (call, seq)
) STRICT, WITHOUT ROWID;

-- `urgency` is the place of the cause in the order of sending; `changed` is the time of the
-- last state.
CREATE TABLE message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  line INTEGER NOT NULL REFERENCES line,
  contact INTEGER NOT NULL REFERENCES contact,
  call INTEGER REFERENCES call,
  direction TEXT NOT NULL CHECK (direction IN ('in','out')),
  text TEXT NOT NULL,
  cause TEXT NOT NULL CHECK (cause IN ('missed_call','follow_up','manual','lead','opt_out',
    'help','digest','relay','received')),
  urgency INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('received','waiting','queued','sending','sent',
    'delivered','failed','unknown','expired','cancelled')),
  parts INTEGER NOT NULL CHECK (parts > 0),
  resent INTEGER NOT NULL DEFAULT 0 CHECK (resent IN (0, 1)),
  replace_type INTEGER NOT NULL DEFAULT 0 CHECK (replace_type BETWEEN 0 AND 7),
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  due INTEGER,
  expires INTEGER,
  sent INTEGER,
  delivered INTEGER,
  error TEXT,
  held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),
  acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged IN (0, 1)),
  CHECK ((direction = 'in') = (cause = 'received')),
  CHECK ((direction = 'in') = (state = 'received'))
) STRICT;
CREATE UNIQUE INDEX message_call ON message (call) -- one call, at most one text
  WHERE call IS NOT NULL AND cause = 'missed_call';
CREATE INDEX message_of_call ON message (call) WHERE call IS NOT NULL;
CREATE INDEX message_contact ON message (contact, created);
CREATE INDEX message_created ON message (created);
CREATE INDEX message_said ON message (contact, cause, created) WHERE
  (state NOT IN ('cancelled','failed','expired') OR sent IS NOT NULL);
CREATE INDEX message_unfinished ON message (urgency, id) WHERE
  state IN ('waiting','queued','sending','unknown');
CREATE UNIQUE INDEX message_replace ON message (contact, line, replace_type)
  WHERE replace_type > 0;
CREATE INDEX message_failed ON message (changed) WHERE state = 'failed';

-- `next` is when a part may be taken for sending, NULL where it is not to be taken. `line`,
-- `contact` and `urgency` are those of the message, here for the indices.
CREATE TABLE part (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  line INTEGER NOT NULL,
  contact INTEGER NOT NULL,
  urgency INTEGER NOT NULL,
  pdu TEXT NOT NULL,
  tpdu_octets INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN
    ('queued','sending','sent','delivered','failed','unknown','cancelled')),
  next INTEGER,
  tries INTEGER NOT NULL DEFAULT 0,
  resent INTEGER NOT NULL DEFAULT 0 CHECK (resent IN (0, 1)),
  mr INTEGER CHECK (mr BETWEEN 0 AND 255),
  sent INTEGER,
  UNIQUE (message, seq),
  CHECK (state <> 'queued' OR next IS NOT NULL),
  CHECK (state IN ('queued','unknown') OR next IS NULL)
) STRICT;
CREATE INDEX part_queue ON part (line, urgency, message, seq) WHERE next IS NOT NULL;
CREATE INDEX part_pending ON part (contact, urgency, message) WHERE next IS NOT NULL;
CREATE INDEX part_sending ON part (line, id) WHERE state = 'sending';
CREATE INDEX part_reference ON part (contact, line, mr, sent) WHERE mr IS NOT NULL;
CREATE INDEX part_fate ON part (contact, line, id)
  WHERE mr IS NULL AND state IN ('sending','unknown');

-- A text that comes in parts. `stamp` is the SMSC's of the part that began it; `due` is when it
-- is shown with its gaps, NULL once it is shown. While parts are `missing`, it takes them.
CREATE TABLE long_text (
  id INTEGER PRIMARY KEY,
  line INTEGER NOT NULL REFERENCES line,
  sender TEXT NOT NULL,
  ref INTEGER NOT NULL,
  ref_bits INTEGER NOT NULL,
  total INTEGER NOT NULL CHECK (total > 1),
  stamp INTEGER NOT NULL,
  missing INTEGER NOT NULL CHECK (missing >= 0 AND missing < total),
  due INTEGER,
  message INTEGER REFERENCES message ON DELETE CASCADE,
  CHECK ((due IS NULL) = (message IS NOT NULL))
) STRICT;
CREATE INDEX long_text_key ON long_text (line, sender, ref, ref_bits, total, stamp);
CREATE INDEX long_text_sender ON long_text (line, sender, due) WHERE due IS NOT NULL;
CREATE INDEX long_text_due ON long_text (due) WHERE due IS NOT NULL;
CREATE INDEX long_text_message ON long_text (message) WHERE message IS NOT NULL;

-- `body` is where the user data begin in `pdu`, as substr() counts. `message` is set once the
-- text is shown.
CREATE TABLE inbound_part (
  id INTEGER PRIMARY KEY,
  line INTEGER NOT NULL REFERENCES line,
  sender TEXT NOT NULL,
  scts INTEGER NOT NULL,
  pdu TEXT NOT NULL,
  body INTEGER NOT NULL,
  received INTEGER NOT NULL,
  long_text INTEGER REFERENCES long_text ON DELETE CASCADE,
  seq INTEGER NOT NULL CHECK (seq > 0),
  message INTEGER REFERENCES message ON DELETE CASCADE,
  UNIQUE (line, sender, scts, pdu)
) STRICT;
CREATE INDEX inbound_part_text ON inbound_part (long_text, seq)
  WHERE long_text IS NOT NULL;
CREATE INDEX inbound_part_message ON inbound_part (message) WHERE message IS NOT NULL;

-- By number and not by person: a number may be here whose person is not, or no longer, known.
CREATE TABLE opt_out (
  number TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  contact INTEGER REFERENCES contact,
  data TEXT NOT NULL -- a JSON object
) STRICT;
CREATE INDEX event_contact ON event (contact) WHERE contact IS NOT NULL;

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers that are never texted automatically; those who may have opted out, until somebody here
-- has said; and texts that will never arrive where they were sent.
CREATE TABLE skip (
  number TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE doubt (
  number TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE undeliverable (
  message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
  contact INTEGER NOT NULL REFERENCES contact,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX undeliverable_contact ON undeliverable (contact, message);

-- What the caps count: `departure` are the texts that left in the last days, or may have; `mute`
-- are those to whom nothing automatic goes for a while.
CREATE TABLE departure (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  line INTEGER NOT NULL,
  message INTEGER NOT NULL,
  automatic INTEGER NOT NULL CHECK (automatic IN (0, 1)),
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX departure_line ON departure (line, at, message);
CREATE INDEX departure_automatic ON departure (line, at)
  WHERE automatic;
CREATE INDEX departure_message ON departure (message);
CREATE TABLE mute (
  number TEXT PRIMARY KEY,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mute_until ON mute (until);

-- What people here note about a conversation. `amount` is in the smallest unit of the currency.
CREATE TABLE note (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
  text TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX note_contact ON note (contact, at);
CREATE TABLE label (
  contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (contact, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX label_name ON label (name, contact);
CREATE TABLE result (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
  won INTEGER NOT NULL CHECK (won IN (0, 1)),
  amount INTEGER CHECK (amount >= 0),
  currency TEXT,
  why TEXT,
  at INTEGER NOT NULL,
  CHECK ((amount IS NULL) = (currency IS NULL))
) STRICT;
CREATE INDEX result_contact ON result (contact, id);
CREATE INDEX result_at ON result (at);

-- Full text (FTS5) over texts, notes and names. Nothing is indexed when it is written, so that a
-- call costs the same whatever was ever said: search takes in what is new, texts and notes by id
-- (the settings words_text and words_note say how far), and what changed since from word_change.
-- Triggers may not touch virtual tables (trusted_schema is off).
CREATE TABLE word_change (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('text','note','name')),
  row INTEGER NOT NULL,
  old TEXT,
  new TEXT
) STRICT;
CREATE VIRTUAL TABLE text_words USING fts5(text, content='message',
  content_rowid='id', tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE note_words USING fts5(text, content='note',
  content_rowid='id', tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE name_words USING fts5(name, content='contact',
  content_rowid='id', tokenize='unicode61 remove_diacritics 2');

CREATE TRIGGER text_changed AFTER UPDATE OF text ON message
  WHEN old.text IS NOT new.text
    AND old.id <= ifnull((SELECT value FROM setting WHERE key = 'words_text'), 0)
BEGIN
  INSERT INTO word_change (kind, row, old, new) VALUES ('text', old.id, old.text, new.text);
END;
CREATE TRIGGER text_gone AFTER DELETE ON message
  WHEN old.text IS NOT NULL
    AND old.id <= ifnull((SELECT value FROM setting WHERE key = 'words_text'), 0)
BEGIN
  INSERT INTO word_change (kind, row, old) VALUES ('text', old.id, old.text);
END;

CREATE TRIGGER note_changed AFTER UPDATE OF text ON note
  WHEN old.text IS NOT new.text
    AND old.id <= ifnull((SELECT value FROM setting WHERE key = 'words_note'), 0)
BEGIN
  INSERT INTO word_change (kind, row, old, new) VALUES ('note', old.id, old.text, new.text);
END;
CREATE TRIGGER note_gone AFTER DELETE ON note
  WHEN old.text IS NOT NULL
    AND old.id <= ifnull((SELECT value FROM setting WHERE key = 'words_note'), 0)
BEGIN
  INSERT INTO word_change (kind, row, old) VALUES ('note', old.id, old.text);
END;

CREATE TRIGGER name_changed AFTER UPDATE OF name ON contact
  WHEN old.name IS NOT new.name AND 1 -- to the letter as it was released
BEGIN
  INSERT INTO word_change (kind, row, old, new) VALUES ('name', old.id, old.name, new.name);
END;
CREATE TRIGGER name_gone AFTER DELETE ON contact
  WHEN old.name IS NOT NULL AND 1
BEGIN
  INSERT INTO word_change (kind, row, old) VALUES ('name', old.id, old.name);
END;
CREATE TRIGGER name_new AFTER INSERT ON contact
  WHEN new.name IS NOT NULL
BEGIN
  INSERT INTO word_change (kind, row, new) VALUES ('name', new.id, new.name);
END;

-- The public SQL interface: the keys of the JSON, and some more.
CREATE VIEW v_calls AS
SELECT c.id, l.name AS line, p.number, p.name, c.withheld,
  strftime('%Y-%m-%dT%H:%M:%SZ', c.started, 'unixepoch') AS started_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', c.ended, 'unixepoch') AS ended_at,
  c.rings, c.outcome, c.decision, c.reason, m.id AS message,
  c.contact AS thread,
  c.certain, m.state AS message_state, m.error AS message_error
FROM call c
  JOIN line l ON l.id = c.line
  LEFT JOIN contact p ON p.id = c.contact
  LEFT JOIN message m ON m.call = c.id AND m.cause = 'missed_call' AND m.call IS NOT NULL;

CREATE VIEW v_messages AS
SELECT m.id, l.name AS line, m.contact AS thread, p.number,
  m.direction, m.text, m.cause, m.state, m.parts,
  strftime('%Y-%m-%dT%H:%M:%SZ', m.created, 'unixepoch') AS created_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', m.sent, 'unixepoch') AS sent_at,
  strftime('%Y-%m-%dT%H:%M:%SZ', m.delivered, 'unixepoch') AS delivered_at,
  m.error, m.call, m.resent, p.name,
  strftime('%Y-%m-%dT%H:%M:%SZ', m.due, 'unixepoch') AS due_at, m.held
FROM message m
  JOIN line l ON l.id = m.line
  JOIN contact p ON p.id = m.contact;

CREATE VIEW v_threads AS
SELECT id, number, name, state, unread,
  strftime('%Y-%m-%dT%H:%M:%SZ', waiting_since, 'unixepoch') AS waiting_since,
  EXISTS (SELECT 1 FROM opt_out o WHERE o.number = contact.number) AS opted_out,
  blocked, calls, messages,
  strftime('%Y-%m-%dT%H:%M:%SZ', last_at, 'unixepoch') AS last_at, last_text
FROM contact;
