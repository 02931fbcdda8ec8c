#include <laterbase.h>

#include <algorithm>
#include <map>

// A node for trucks and for depots: laterbase with three answers built in. Every truck has one in the cab, every depot
// one on a shelf; whoever meets, syncs. demo.sh plays a day of it.
namespace {

// What a driver scans, or types in from a paper slip: kilograms that come on or go off.
struct Scan {
  std::string truck;
  std::string what;  // "load", "unload", or "empty": all of it goes
  int kg = 0;
  std::string place;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Scan, truck, what, kg, place)

// What is on a truck, once its scans are gone through in the order in which they happened. That order matters: after
// "empty" there is nothing left, whatever was loaded before, and a slip from before it changes nothing after it.
struct Load {
  int kg = 0;
  int most = 0;                     // ever on it at once
  std::map<std::string, int> from;  // kilograms on it, by where they were loaded; unloaded oldest name first
  std::string seen;                 // where it was scanned last
  int scans = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Load, kg, most, from, seen, scans)

void take_off(Load& load, int kg) {
  for (auto place = load.from.begin(); place != load.from.end() && kg > 0;) {
    const int part = std::min(kg, place->second);
    kg -= part;
    load.kg -= part;
    place = (place->second -= part) == 0 ? load.from.erase(place) : std::next(place);
  }
}

void fold(Load& load, const Scan& scan) {
  ++load.scans;
  load.seen = scan.place;
  if (scan.what == "empty") {
    load.kg = 0;
    load.from.clear();
  } else if (scan.what == "unload") {
    take_off(load, scan.kg);
  } else {
    load.kg += scan.kg;
    load.from[scan.place] += scan.kg;
    load.most = std::max(load.most, load.kg);
  }
}

// Nothing, or why a scan can't be taken. Asked where it is written; what other nodes bring is not asked about.
std::optional<std::string> wrong_with(const Scan& scan) {
  if (scan.truck.empty()) return "A scan names its truck.";
  if (scan.what != "load" && scan.what != "unload" && scan.what != "empty")
    return "A scan is a load, an unload or an empty, not \"" + scan.what + "\".";
  if (scan.kg < 0 || (scan.kg == 0 && scan.what != "empty")) return "A scan has its kilograms, more than none.";
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  laterbase::Server server{laterbase::config_from(argc, argv)};
  server.root<Scan>("trucks")
      .fold<Load>(
          "load_by_truck", [](const Scan& scan) { return scan.truck; }, fold)
      .validate(wrong_with)
      .view("on_the_road",
            "SELECT key AS truck, (state->>'kg')::int AS kg, state->>'seen' AS seen FROM load_by_truck "
            "WHERE (state->>'kg')::int > 0")
      // When this node heard of it, and how long after: only this node's own, so it is never replicated.
      .view("late_scans",
            "SELECT value->>'truck' AS truck, value->>'what' AS what, (value->>'kg')::int AS kg, at, arrived - at AS "
            "late FROM events WHERE arrived - at > INTERVAL '1 hour'");
  return server.run();
}
