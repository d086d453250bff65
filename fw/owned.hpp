// libnftnl's objects with owners; a private header of this room.
#pragma once

#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>

#include "base/freed.hpp"

namespace anchorhold::fw {

using OwnedTable = Owned<nftnl_table, nftnl_table_free>;
using OwnedChain = Owned<nftnl_chain, nftnl_chain_free>;
using OwnedRule = Owned<nftnl_rule, nftnl_rule_free>;
using OwnedSet = Owned<nftnl_set, nftnl_set_free>;
using OwnedUserData = Owned<nftnl_udata_buf, nftnl_udata_buf_free>;

}  // namespace anchorhold::fw
