#include "init/services/services.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "base/identities.hpp"

using namespace anchorhold::init;

TEST_CASE("each service has a name and a user of its own") {
    std::set<std::string_view> names;
    std::set<uid_t> users;
    for (const ServiceRow& row : service_table()) {
        INFO(row.name);
        CHECK(names.insert(row.name).second);
        CHECK(users.insert(row.uid).second);
    }
}

TEST_CASE("the socket that the agent reaches belongs to the one service whose death costs nobody else anything") {
    for (const ServiceRow& row : service_table()) {
        INFO(row.name);
        CHECK(std::ranges::contains(row.sockets, "/run/anchorhold/bus", &SocketRow::address) ==
              (row.uid == anchorhold::kAgentApiUid));
        CHECK((row.critical == Critical::no) == (row.uid == anchorhold::kAgentApiUid));
    }
}
