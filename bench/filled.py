"""A table of messages that were worked on long ago, as it stands after months: made by the database, in seconds."""

import psycopg

_CONTACTS = """
INSERT INTO contact (campaign_id, address_hash, channel)
SELECT (SELECT min(id) FROM campaign), substr(sha256(int8send(number)), 1, 16), 'twilio'
  FROM generate_series(1, %(contacts)s) AS number
"""
# The ids are as scattered as a gateway's, so that an index grows at every place; the payload is as long as Twilio's.
_MESSAGES = """
INSERT INTO message (campaign_id, channel, external_id, direction, campaign_address, address_hash, content_hash,
                     fingerprint, text, payload_encrypted, state, received_at, contact_id)
SELECT first.campaign_id, 'twilio', 'SM' || md5(number::text), 'in', '+15005550006', contact.address_hash,
       substr(digest, 1, 16), substr(digest, 17, 16), 'dlo a sal nan Delmas ' || number,
       convert_to(repeat(encode(digest, 'hex'), 9), 'UTF8'), 'processed',
       now() - make_interval(secs => %(count)s - number), contact.id
  FROM generate_series(1, %(count)s) AS number
 CROSS JOIN LATERAL (SELECT sha256(int8send(number + 100000000)) AS digest) AS made
 CROSS JOIN (SELECT min(id) AS id, min(campaign_id) AS campaign_id FROM contact) AS first
  JOIN contact ON contact.id = first.id + number %% %(contacts)s
"""


def fill(link: "psycopg.Connection", messages: int) -> None:
    """Add so many messages, seven of a sender; autocommit is to be on."""
    if messages:
        counts = {"count": messages, "contacts": max(1, messages // 7)}
        link.execute(_CONTACTS, counts)
        link.execute(_MESSAGES, counts)
    link.execute("VACUUM ANALYZE")
