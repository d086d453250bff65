// What became of requests that went up, for the log: how much went each way, with which status, how long the query was.
// A request is recorded before it goes up; this is told afterwards, and waits for nobody. Small ones that went well are
// told together, once a second, so that a log of many small requests is not twice as long.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "shield/egress/http/http_record.hpp"
#include "shield/egress/peers/audit.hpp"

namespace anchorhold::egress {

struct End {
    std::string method;
    std::string url;
    std::string host;
    std::uint16_t port = 0;
    std::string credential;
    std::string rule;
    std::string request;  // the approval; may be empty
    std::shared_ptr<const profile::Profile> profile;
    std::string failure;  // empty: the answer came to its end
    audit::HttpEnd end;
};

class Ends {
  public:
    explicit Ends(Audit& audit) : audit_(audit) {}
    void add(End end);
    // Tells what has been gathered.
    void tell();
    // Once a second, until the process ends.
    Task<> run(Executor executor);

  private:
    struct Sum {
        End end;
        std::int64_t count = 0;
    };
    void tell(const End& end, std::int64_t count);

    Audit& audit_;
    std::map<std::string, Sum> small_;
};

}  // namespace anchorhold::egress
