#include "shield/egress/connection_record.hpp"

#include "shield/egress/peers/event_text.hpp"

namespace anchorhold::egress {

std::string record_of(const ConnectionRecord& connection) {
    audit::NetworkActivity made;
    made.common = common_facts(audit::Outcome::denied, connection.reason, connection.count);
    made.destination = {std::string(connection.name), std::string(connection.address), connection.port};
    return text_of(audit::event(made));
}

}  // namespace anchorhold::egress
