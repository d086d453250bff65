#include "init/services/cgroups.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

using namespace anchorhold;
using namespace anchorhold::init;

TEST_CASE("each service has its cgroup below the shield's, whose reserve is the sum of theirs") {
    const auto services = service_table();
    const auto rows = cgroup_rows(services);
    REQUIRE(rows.size() == services.size() + 2);
    CHECK(rows[0].path == "/sys/fs/cgroup");
    CHECK(rows[1].path == kShieldCgroup);
    std::uint64_t reserve = 0;
    for (std::size_t i = 0; i < services.size(); ++i) {
        const CgroupRow& row = rows[i + 2];
        CHECK(row.path == cgroup_of(services[i].name));
        const auto limit = [&](std::string_view file) {
            const auto at = std::ranges::find(row.limits, file, &CgroupLimit::file);
            REQUIRE(at != row.limits.end());
            return at->value;
        };
        CHECK(limit("memory.max") == services[i].memory_max);
        CHECK(limit("pids.max") == services[i].tasks_max);
        CHECK(limit("cpu.weight") == services[i].cpu_weight);
        reserve += limit("memory.min");
    }
    REQUIRE(rows[1].limits.size() == 1);
    CHECK(rows[1].limits[0].file == "memory.min");
    CHECK(rows[1].limits[0].value == reserve);
    // What a row limits, the row above it has switched on.
    for (const std::string_view controller : {"+memory", "+pids", "+cpu"}) {
        CHECK(rows[0].controllers.contains(controller));
        CHECK(rows[1].controllers.contains(controller));
    }
}
