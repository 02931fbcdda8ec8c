#include <thread>

#include "tests/cluster/cluster.h"
#include "tests/support/temp_dir.h"

using namespace laterbase::tests;

// Nodes that are killed, restored, copied, wiped and lost: what any of them acknowledged and any of them still has is
// on all of them in the end.

TEST_CASE("kill -9 in the middle of a first copy: it goes on where it was cut") {
  Site a, b;
  Contents all;
  for (int i = 0; i < 20; ++i) all.merge(write(b, "b" + std::to_string(i), 1000));
  add_peer(a, "b", b.url());
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    a.restart_after_kill();  // and knows its peer
  }
  check_all_hold({&a, &b}, all);
}

TEST_CASE("either side is killed while both write: nothing acknowledged is lost") {
  Site a, b;
  add_peer(a, "b", b.url());
  Contents all;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 10; ++i) {
      all.merge(write(a, "a", 20));
      all.merge(write(b, "b", 20));
    }
    (round % 2 == 0 ? a : b).restart_after_kill();
  }
  check_all_hold({&a, &b}, all);
}

TEST_CASE("a node that is restored from an old copy gets its own lost events back") {
  Site a, b;
  add_peer(a, "b", b.url());
  const TempDir place;
  const Contents before = write(a, "before", 50);
  a.copy_to(place.file("copy"));
  const Contents lost = write(a, "lost", 50);
  check_all_hold({&a, &b}, united({before, lost}));
  a.restart_with(place.file("copy"));
  const Contents after = united({write(a, "after", 50), write(b, "meanwhile", 10)});
  check_all_hold({&a, &b}, united({before, lost, after}));
  CHECK(sync_now(a, "b")["equal"] == true);
}

TEST_CASE("a clone that goes its own way stays a node of its own") {
  Site a, b, clone;
  const TempDir place;
  const Contents before = write(a, "before", 40);
  a.copy_to(place.file("copy"));
  clone.restart_with(place.file("copy"));
  const Contents after = united({write(a, "a", 15), write(clone, "clone", 25)});
  for (Site* site : {&a, &clone}) add_peer(*site, "b", b.url());
  check_all_hold({&a, &b, &clone}, united({before, after}));
  const Contents more = united({write(a, "a again", 5), write(clone, "clone again", 5)});
  check_all_hold({&a, &b, &clone}, united({before, after, more}));
}

TEST_CASE("a dropped replica, and a node that lost its disk, get everything from a peer") {
  Site a, b;
  const Contents all = united({write(a, "a", 300), write(b, "b", 300)});
  add_peer(b, "a", a.url());
  check_all_hold({&a, &b}, all);
  SECTION("the replica is dropped and made again") {
    a.ask({.method = "DELETE", .target = trucks, .body = "", .headers = {}});
    a.put(trucks);
  }
  SECTION("the whole data directory is gone") {
    a.wipe();
    a.put(trucks);
  }
  check_all_hold({&a, &b}, all);
  CHECK(sync_now(b, "a")["equal"] == true);
}

TEST_CASE("peers that were added outlive restarts, and those that were removed don't come back") {
  Site a, b;
  add_peer(a, "b", b.url(), {{"token", "secret"}, {"from", "-30d"}});
  add_peer(a, "gone", b.url());
  CHECK(a.ask({.method = "DELETE", .target = "/peers/gone", .body = "", .headers = {}}).status == 204);
  a.restart_after_kill();
  CHECK(peer_state(a, "b")["url"] == b.url());
  CHECK(peer_state(a, "b")["from"] == "-30d");
  CHECK_FALSE(peer_state(a, "b").contains("token"));
  CHECK(peer_state(a, "gone").is_null());
  const Contents all = write(b, "b", 3);
  check_all_hold({&a}, all);
}
