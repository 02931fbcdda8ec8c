#pragma once

#include <string>
#include <vector>

#include "engine/storage/storage.h"

namespace laterbase {

// The tables of a root's environment. The first six are the log's own (tree.h, notes.h). The others belong to those who
// follow the log, each to one of them: they are written through Root::checkpoint() and read through read_tables().
inline constexpr TableId kLogTable{0}, kEventsTable{1}, kOriginsTable{2}, kMetaTable{3}, kAsideTable{4}, kPeersTable{5};
inline constexpr TableId kBlocksTable{6}, kSyncTable{7}, kViewsTable{8}, kAggregatesTable{9}, kTriplesTable{10};

// Their names, in the order of the ids. New ones go behind: an environment gets those that it lacks when it is opened.
const std::vector<std::string>& tree_tables();

}  // namespace laterbase
