#include "shield/http/oracle/llhttp_oracle.hpp"

#include <llhttp.h>

#include <algorithm>

#include "base/ascii.hpp"
#include "shield/http/http1_body.hpp"
#include "shield/http/http1_head.hpp"
#include "shield/http/http1_write.hpp"

namespace anchorhold::egress::oracle {
namespace {

struct Asked {
    Kind kind = Kind::request;
    Message message;
    bool head_done = false;
    bool complete = false;
};

Asked& asked(llhttp_t* parser) {
    return *static_cast<Asked*>(parser->data);
}

llhttp_settings_t settings() {
    llhttp_settings_t hooks;
    llhttp_settings_init(&hooks);
    hooks.on_method = [](llhttp_t* p, const char* at, std::size_t size) {
        asked(p).message.method.append(at, size);
        return 0;
    };
    hooks.on_url = [](llhttp_t* p, const char* at, std::size_t size) {
        asked(p).message.target.append(at, size);
        return 0;
    };
    hooks.on_header_field = [](llhttp_t* p, const char* at, std::size_t size) {
        if (!asked(p).head_done)
            asked(p).message.fields.emplace_back(std::string(at, size), "");
        return 0;
    };
    hooks.on_header_value = [](llhttp_t* p, const char* at, std::size_t size) {
        if (!asked(p).head_done)
            asked(p).message.fields.back().second.append(at, size);
        return 0;
    };
    hooks.on_body = [](llhttp_t* p, const char* at, std::size_t size) {
        asked(p).message.body.append(at, size);
        return 0;
    };
    hooks.on_headers_complete = [](llhttp_t* p) {
        asked(p).head_done = true;
        return asked(p).kind == Kind::response_to_head ? 1 : 0;
    };
    hooks.on_message_complete = [](llhttp_t* p) -> int {
        asked(p).complete = true;
        return HPE_PAUSED;
    };
    return hooks;
}

bool is_exempt(const std::string& error, bool head_done) {
    const bool framing = error == "HPE_UNEXPECTED_CONTENT_LENGTH" || error == "HPE_INVALID_TRANSFER_ENCODING" ||
                         error == "HPE_INVALID_CONTENT_LENGTH";
    return error == "HPE_INVALID_METHOD" || (head_done && framing);
}

// What we take although it is sloppy, and llhttp does not or takes otherwise; all of it is written anew: equal lengths,
// white space behind a chunk's size, a 204 that announces a body.
bool is_kindness(Kind kind, const Message& ours, const Message& theirs) {
    const auto lengths = std::ranges::count_if(ours.fields, [](const auto& field) {
        return equal_ignoring_case(field.first, "content-length") ||
               equal_ignoring_case(field.first, "transfer-encoding");
    });
    if (kind != Kind::request && ours.method == "204")
        return lengths != 0;
    return (theirs.error == "HPE_UNEXPECTED_CONTENT_LENGTH" && lengths > 1) ||
           (theirs.error == "HPE_INVALID_CONTENT_LENGTH" && lengths != 0) || theirs.error == "HPE_INVALID_CHUNK_SIZE" ||
           theirs.error == "HPE_STRICT";
}

std::string compare(const Message& ours, const Message& theirs) {
    if (!theirs.accepted)
        return "llhttp refuses: " + theirs.error;
    if (ours.method != theirs.method || ours.target != theirs.target)
        return "method, status or target: " + ours.method + " " + ours.target + " | " + theirs.method + " " +
               theirs.target;
    if (ours.fields != theirs.fields)
        return "fields";
    if (ours.body != theirs.body)
        return "body: " + std::to_string(ours.body.size()) + " | " + std::to_string(theirs.body.size());
    if (ours.consumed != theirs.consumed)
        return "end: " + std::to_string(ours.consumed) + " | " + std::to_string(theirs.consumed);
    return {};
}

Message refused(const Refusal& refusal) {
    Message message;
    message.error = refusal.sentence;
    return message;
}

void take_fields(const MessageHead& head, Message& message) {
    for (const Field& field : head.fields())
        message.fields.emplace_back(field.name, field.value);
}

void take_body(BodyFraming framing, std::string_view wire, Message& message) {
    BodyReader body(framing);
    while (true) {
        const BodyStep step = body.next(wire.substr(message.consumed));
        message.consumed += step.consumed;
        message.body += step.data;
        message.accepted = step.state == ReadState::done;
        if (step.state == ReadState::refused)
            message.error = body.refusal().sentence;
        if (step.state == ReadState::need_more && step.consumed != 0)
            continue;
        if (step.state == ReadState::need_more)
            message.accepted = body.end_of_stream() == ReadState::done;
        return;
    }
}

// The message as we would send it on: its head written anew, its body with known ends.
std::string rewritten(Kind kind, std::string_view wire, const Message& message) {
    std::string out;
    bool chunked = false;
    bool written = false;
    if (kind == Kind::request) {
        RequestReader reader;
        reader.read(wire);
        chunked = reader.head().body.kind == BodyKind::chunked;
        written = write_request(out, reader.head(), "a.test", {.body = reader.head().body});
    } else {
        ResponseReader reader(kind == Kind::response_to_head);
        reader.read(wire);
        chunked = reader.head().body.kind == BodyKind::chunked;
        written = write_response(out, reader.head(), {.body = reader.head().body});
    }
    if (!written)
        return {};
    if (chunked) {
        write_chunk(out, message.body);
        write_last_chunk(out);
    } else {
        out += message.body;
    }
    return out;
}

}  // namespace

Message ask_llhttp(Kind kind, std::string_view wire) {
    static const llhttp_settings_t kSettings = settings();
    Asked asked{kind, {}, false, false};
    llhttp_t parser;
    llhttp_init(&parser, kind == Kind::request ? HTTP_REQUEST : HTTP_RESPONSE, &kSettings);
    parser.data = &asked;
    llhttp_errno_t error = llhttp_execute(&parser, wire.data(), wire.size());
    Message& message = asked.message;
    message.consumed =
        error == HPE_OK ? wire.size() : static_cast<std::size_t>(llhttp_get_error_pos(&parser) - wire.data());
    if (error == HPE_OK && !asked.complete)
        error = llhttp_finish(&parser);
    message.accepted = asked.complete;
    if (!message.accepted)
        message.error = llhttp_errno_name(error);
    if (is_exempt(message.error, asked.head_done))
        message.error = "exempt";
    // llhttp leaves it to its caller to drop white space behind a value (RFC 9110 section 5.5).
    for (auto& [name, value] : message.fields)
        value.resize(value.find_last_not_of(" \t") + 1);
    if (kind != Kind::request)
        message.method = std::to_string(llhttp_get_status_code(&parser));
    return message;
}

Message ask_us(Kind kind, std::string_view wire) {
    Message message;
    if (kind == Kind::request) {
        RequestReader reader;
        if (reader.read(wire) != ReadState::done)
            return refused(reader.refusal());
        message.method = reader.head().method;
        message.target = reader.head().target;
        message.consumed = reader.consumed();
        take_fields(reader.head(), message);
        take_body(reader.head().body, wire, message);
        return message;
    }
    ResponseReader reader(kind == Kind::response_to_head);
    if (reader.read(wire) != ReadState::done)
        return refused(reader.refusal());
    message.method = std::to_string(reader.head().status);
    message.consumed = reader.consumed();
    take_fields(reader.head(), message);
    take_body(reader.head().body, wire, message);
    return message;
}

std::string difference(Kind kind, std::string_view wire) {
    const Message ours = ask_us(kind, wire);
    if (!ours.accepted)
        return {};
    const Message theirs = ask_llhttp(kind, wire);
    if (theirs.error == "exempt")
        return {};
    if (const std::string different = compare(ours, theirs); !different.empty() && !is_kindness(kind, ours, theirs))
        return different;

    const std::string anew = rewritten(kind, wire, ours);
    const Message ours_anew = ask_us(kind, anew);
    if (!ours_anew.accepted || ours_anew.consumed != anew.size() || ours_anew.method != ours.method ||
        ours_anew.target != ours.target || ours_anew.body != ours.body)
        return "we read what we wrote differently: " + ours_anew.error;
    if (const std::string different = compare(ours_anew, ask_llhttp(kind, anew)); !different.empty())
        return "llhttp reads what we wrote differently: " + different;
    return {};
}

}  // namespace anchorhold::egress::oracle
