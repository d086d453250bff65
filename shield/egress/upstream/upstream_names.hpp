// Names of upstream servers, asked of the operator's resolvers through c-ares. Only after a request was allowed.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shield/egress/io/asio.hpp"
#include "shield/egress/io/signal.hpp"

namespace anchorhold::egress {

struct UpstreamAddresses {
    std::vector<asio::ip::address> addresses;  // in the resolver's order, families mixed
    Clock::time_point until;                   // never less than 30 s from when they came
};

class UpstreamNames {
  public:
    // `servers`: addresses separated by spaces, as init passes them; each may have a port ("[2001:db8::1]:53").
    static Result<std::unique_ptr<UpstreamNames>> create(Executor executor, const std::string& servers);
    ~UpstreamNames();
    UpstreamNames(const UpstreamNames&) = delete;
    UpstreamNames& operator=(const UpstreamNames&) = delete;

    // Both families; answers are kept as long as they live.
    Task<Result<UpstreamAddresses>> resolve(std::string name);

  private:
    struct Engine;
    UpstreamNames(Executor executor, std::unique_ptr<Engine> engine);

    Executor executor_;
    std::unique_ptr<Engine> engine_;
    std::map<std::string, UpstreamAddresses, std::less<>> known_;
};

}  // namespace anchorhold::egress
