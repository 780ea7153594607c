"""Functions that are given what strangers write and do not read it themselves, with the reason."""

from typing import Final

# What takes a text and reads nothing in it, or what others here do for it.
NOT_READING: Final = {
    "channels.email.limits.limit_parts": "read_email",
    "reporting.moderation.decisions.reply": "a text of ours on its way out",
    "reporting.moderation.desk.search.read_search": "a moderator's search of 200 characters",
    "reporting.web.formatting.part_details": "hide_details",
    "reporting.web.desk.address.seal_words": "encrypts what it is given",
    "reporting.moderation.report.notes.add_note": "find_mentioned",
    "reporting.moderation.report.translation.write_translation": "encrypts what it is given",
    **dict.fromkeys(
        ("reporting.campaigns.definition.fill_canned_reply", "reporting.campaigns.definition.list_placeholders"),
        "texts of a campaign's definition",
    ),
    **dict.fromkeys(
        ("geo.gazetteer.name_encoding.decode_letters", "geo.gazetteer.name_encoding.mend_letters"),
        "names that an operator loads",
    ),
    "reporting.conversation.acknowledgement.spell_for_gsm": "a text of ours on its way out",
    **dict.fromkeys(
        ("reporting.crypto.pseudonyms.Pseudonyms.hash_message", "reporting.crypto.pseudonyms.Pseudonyms.hash_twin"),
        "a digest",
    ),
    "reporting.extraction.second_subject.list_other_places": "Locator.read_mentions",
    **dict.fromkeys(
        (
            *(
                "reporting.extraction.pattern_search.Search.knows",
                "reporting.extraction.pattern_notation.plain_words",
                "reporting.extraction.person_names.NameMarker.mark",
                "reporting.extraction.sensitivity.Grammar.names_somebody",
            ),
            "reporting.extraction.sensitivity.tokenise",
        ),
        "SensitiveReader.read",
    ),
    "reporting.conversation.intent.tells_above": "classify_words",
    **dict.fromkeys(
        (
            "reporting.subscriptions.post.Poster.post",
            "reporting.subscriptions.signature.sign",
            "reporting.web.open311.answer.refuse",
        ),
        "words of ours on their way out",
    ),
    "reporting.web.edge.clean_input.clean_field": "clean_text",
    **dict.fromkeys(
        ("reporting.web.edge.clean_input.read_number", "reporting.web.edge.clean_input.read_whole"), "float and int"
    ),
    "channels.webhook.Webhooks.make_call": "read_form",
    "channels.base.request.mend_halves": "one character for another",
    "reporting.inbox.reused_ids.make_fingerprint": "a digest",
    **dict.fromkeys(
        (
            "geo.geocoders.services.Geocoder.search",
            "geo.geocoders.services.NullGeocoder.search",
            "geo.search.autocomplete.search_places",
        ),
        "asks a service or the database with words that were cut",
    ),
    **dict.fromkeys(
        (
            "geo.learned_placements.add_placement",
            "geo.learned_placements.list_placements",
            "geo.learned_placements.count_placements",
            "geo.resolver.toponym_lookup.find_mentions",
        ),
        "a statement; its words are read by geo.text.normalise and geo.resolver.toponyms",
    ),
    "geo.inverted_index.StringList.append": "keeps names of the gazetteer",
    **dict.fromkeys(
        (
            *("channels.africastalking.AfricasTalkingSender.send", "channels.base.gateway.OutboundChannel.send"),
            *("channels.email.channel.SmtpSender.send", "channels.generic.channel.GenericSender.send"),
            *("channels.httpsms.HttpSmsSender.send", "channels.jasmin.JasminSender.send"),
            *("channels.kannel.KannelSender.send", "channels.built_in.simulator.SimulatedSender.send"),
            *("channels.smsgate.SmsGateSender.send", "channels.twilio.channel.TwilioSender.send"),
            *("channels.vonage.channel.VonageSender.send", "reporting.web.simulator.twilio_call.GatewayCall.deliver"),
            *(
                "reporting.outbox.outbox.queue_text",
                "reporting.conversation.replies.Replies.tell",
                "channels.httpsms.encrypt",
            ),
        ),
        "a text of ours on its way out",
    ),
    **dict.fromkeys(
        ("channels.email.message.make_id", "reporting.crypto.pseudonyms.Pseudonyms.hash_content"), "a digest"
    ),
    "channels.verification.require_recent": "channels.parse_fields.find_epoch_time",
    **dict.fromkeys(
        ("reporting.conversation.numbered_choice.find_choice", "reporting.languages.references.find_reference"),
        "read_answer",
    ),
    "reporting.inbox.ussd.make_messages": "joins what was typed",
    "reporting.languages.sms_texts.N_": "marks our own words for translation",
    "reporting.extraction.reader.TextAnalyser.read": "detect, TopicReader, read_occurrence_time and Locator.locate",
    **dict.fromkeys(
        ("reporting.dedupe.columns.Words.add", "reporting.dedupe.columns.Rows.say"), "writes words to a file"
    ),
    "reporting.extraction.sensitivity.SensitiveReader.read_all": "SensitiveReader.read of each",
    "reporting.reports.learn_place.make_placement_text": "joins words",
    "reporting.conversation.intent.classify_message": "classify_words",
    "reporting.web.privacy_notice.show_choice": "words come back on the page as they are",
    "reporting.aggregation.period.read_period": "one pattern of seven characters",
    "reporting.web.report.parse.read_answer": "float, int and the choices of a form",
    "reporting.moderation.learned_placements.show_placements": "geo.learned_placements.list_placements",
    "reporting.moderation.report.place_mentions.cut": "cuts where it is told to",
}
