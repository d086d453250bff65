// One netlink transaction with nf_tables: all of it takes place, or nothing does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "fw/owned.hpp"

struct mnl_socket;

namespace anchorhold::fw {

class Batch {
  public:
    // `sequence` numbers the messages and goes on from where the caller's last transaction ended.
    explicit Batch(std::uint32_t& sequence);

    void table(std::uint16_t type, std::uint16_t flags, const nftnl_table* table, std::string object);
    void chain(const nftnl_chain* chain, std::string object);
    void rule(nftnl_rule* rule, std::string object);
    void set(nftnl_set* set, std::string object);
    void elements(std::uint16_t type, std::uint16_t flags, nftnl_set* set, std::string object);

    // Sends it and reads the kernel's answer; the error names the first message that was refused.
    Result<> commit(mnl_socket* socket);

  private:
    nlmsghdr* begin(std::uint16_t type, std::uint16_t flags, std::string object);
    void end(const nlmsghdr* header);
    [[nodiscard]] std::string object_of(std::uint32_t sequence) const;

    std::uint32_t& sequence_;
    std::uint32_t first_;
    std::vector<char> bytes_;
    std::size_t used_ = 0;
    std::size_t last_ = 0;              // where the last message begins
    std::vector<std::string> objects_;  // what each message is about, by sequence
};

}  // namespace anchorhold::fw
