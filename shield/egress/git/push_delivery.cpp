#include "shield/egress/git/push_delivery.hpp"

#include "shield/egress/credential/scrub.hpp"
#include "shield/egress/http/incident.hpp"

namespace anchorhold::egress {

Task<Attempt<>> PushDelivery::pass_report(Exchange& exchange) {
    const ResponseHead& head = exchange.answer();
    const Field* type = head.find(FieldId::content_type);
    if (head.status != 200 || type == nullptr || type->value != "application/x-git-receive-pack-result")
        co_return fail(FailureKind::unsearchable_answer, "pass on the report of", client_.name, 0,
                       client_.name + " answered " + std::to_string(head.status) + ", not with git's report");
    if (const auto problem = exchange.unfit())
        co_return fail(FailureKind::unsearchable_answer, "pass on the report of", client_.name, 0,
                       problem->detail + "; what became of the push is not known");
    Scrubber scrub(index_of(exchange.echoes()));
    Incidents incidents(client_, exchange);
    const auto held_a_credential = [&] {
        return fail(FailureKind::echoed_credential, "pass on the report of", client_.name, 0,
                    client_.name + "'s report held a credential; what became of the push is not known");
    };
    DecodedBody& body = exchange.content();
    for (bool whole = false; !whole;) {
        const auto piece = co_await body.next();
        if (!piece)
            co_return std::unexpected(piece.error());
        whole = piece->empty();
        const std::string_view goes = whole ? scrub.rest() : scrub.pass(piece->data(), piece->size());
        if (!co_await incidents.look(scrub.hits()))
            co_return held_a_credential();
        passed_ = passed_ || !goes.empty();
        report_.add(goes);
        if (auto ok = co_await answer_.pass(goes); !ok)
            co_return ok;
        if (!whole)
            exchange.keep_waiting();
    }
    co_return co_await answer_.end();
}

void PushDelivery::tell_outcome(int status, const std::optional<std::string>& problem) {
    Gate::Outcome outcome{.status = status, .taken = {}, .refused = {}, .text = problem.value_or("")};
    if (!problem && report_.whole()) {
        outcome.taken = report_.taken();
        outcome.text = report_.unpack_refused();
        for (const auto& [ref, reason] : report_.refused())
            outcome.refused.push_back(json::object{{"ref", ref}, {"reason", reason}});
    } else if (!problem) {
        outcome.text = "its report was not whole";
    } else if (status >= 400) {
        outcome.taken = false;
    }
    servers_.gate.tell(request_, std::move(outcome));
}

Task<bool> PushDelivery::deliver(const KeptHead& head, const Spool& spool, Route route, Secret room) {
    const BodyFraming framing{BodyKind::length, spool.size()};
    auto up = OutgoingHead::write(head.head(), route, framing, std::move(room));
    if (!up) {
        tell_outcome(0, up.error().reason());
        co_return (co_await answer_.reject(up.error().reason())).has_value();
    }
    Outgoing outgoing(spool);
    Exchange exchange(servers_, std::move(route));
    const auto started = co_await exchange.start(*up, outgoing, client_.stream);
    Attempt<> passed;
    if (started)
        passed = co_await pass_report(exchange);

    // Why git must be told that it was not pushed, or not known to be; nothing: its report went through, or broke off.
    std::optional<std::string> problem;
    const bool in_words = !passed && (passed.error().kind == FailureKind::unsearchable_answer ||
                                      (passed.error().kind == FailureKind::echoed_credential && !passed_));
    if (!started)
        problem = "cannot reach " + client_.name + ": " + started.error().text();
    else if (in_words)
        problem = passed.error().reason();
    if (!exchange.cut().empty() && !passed_)
        problem = "it was cut off, so what became of the push is not known: " + exchange.cut();
    const bool broke_off = started && !passed && !problem;

    const int status = started ? exchange.answer().status : 0;
    if (broke_off)
        problem = "the connection ended within the report";
    tell_outcome(status, problem);
    co_await exchange.finish(!problem);
    client_.record_end(exchange.end(), broke_off ? "its report broke off" : problem.value_or(""));
    if (broke_off)
        co_return false;
    if (problem)
        co_return (co_await answer_.reject("approved, but " + *problem)).has_value();
    co_return true;
}

}  // namespace anchorhold::egress
