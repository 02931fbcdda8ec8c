#pragma once

#include <functional>
#include <optional>

#include "engine/events/root.h"
#include "engine/events/snapshot.h"

// Events by their keys, as they were known at a position of the log.
namespace laterbase::views {

struct KeyRange {
  Ulid from, to = Ulid::greatest();  // both included
  bool backwards = false;
};

// What a node knew of that event's key at a position, where the map may have gone on since. Nothing where it did not.
std::optional<Event> known_at(Snapshot& snapshot, std::optional<Event> event, Lc known);

// Until `visit` says false. An event's value lives until then.
// Cost: the events that are visited; from the end, some tens of steps more to find where a page of them begins.
void visit_keys(Root& root, const KeyRange& range, Lc known, const std::function<bool(const Event&)>& visit);

}  // namespace laterbase::views
