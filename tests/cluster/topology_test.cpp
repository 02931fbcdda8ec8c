#include <signal.h>

#include "tests/cluster/cluster.h"

using namespace laterbase::tests;

// Nodes that find each other in some shape end with the same events.

TEST_CASE("a pair: what is written on either side is soon on both") {
  Site a, b;
  add_peer(a, "b", b.url());
  const Contents first = united({write(a, "a", 10), write(b, "b", 20)});
  check_all_hold({&a, &b}, first);
  const Contents second = united({write(a, "a", 1), write(b, "b", 1), first});
  check_all_hold({&a, &b}, second);
  CHECK(eventually([&] { return peer_state(a, "b")["state"] == "level"; }));
  CHECK(peer_state(a, "b")["lag"]["events_behind"] == 0);
  CHECK(peer_state(a, "b")["lag"]["events_ahead"] == 0);
}

TEST_CASE("a star: leaves that know only the hub end equal") {
  Site hub, x, y;
  for (const Site* leaf : {&x, &y}) add_peer(*leaf, "hub", hub.url());
  const Contents all = united({write(x, "x", 30), write(y, "y", 30), write(hub, "hub", 30)});
  check_all_hold({&hub, &x, &y}, all);
}

TEST_CASE("a ring of three, each pulling from the next only") {
  Site a, b, c;
  const Json pull = {{"direction", "pull"}, {"interval_ms", 100}};
  add_peer(a, "next", b.url(), pull);
  add_peer(b, "next", c.url(), pull);
  add_peer(c, "next", a.url(), pull);
  const Contents all = united({write(a, "a", 25), write(b, "b", 25), write(c, "c", 25)});
  check_all_hold({&a, &b, &c}, all);
}

TEST_CASE("a peer that keeps silent, and one that is not there, hold up no other") {
  Site a, b;
  Site silent;
  silent.process().signal(SIGSTOP);
  add_peer(a, "silent", silent.url());
  add_peer(a, "nobody", "http://127.0.0.1:9");
  add_peer(a, "b", b.url());
  const Contents all = united({write(a, "a", 5), write(b, "b", 5)});
  check_all_hold({&a, &b}, all);
  CHECK(eventually([&] { return peer_state(a, "nobody")["state"] == "failing"; }));
  CHECK(peer_state(a, "nobody")["error"].get<std::string>().find("nobody listens there") != std::string::npos);
  CHECK(a.stop() == Ending{0, 0});
  silent.process().signal(SIGCONT);
}

TEST_CASE("one way only: pull takes and gives nothing, push gives and takes nothing") {
  Site a, b;
  const Contents of_a = write(a, "a", 5), of_b = write(b, "b", 5);
  SECTION("pull") {
    add_peer(a, "b", b.url(), {{"direction", "pull"}});
    check_all_hold({&a}, united({of_a, of_b}));
    sync_now(a, "b");
    CHECK((contents(b) == of_b));
  }
  SECTION("push") {
    add_peer(a, "b", b.url(), {{"direction", "push"}});
    check_all_hold({&b}, united({of_a, of_b}));
    sync_now(a, "b");
    CHECK((contents(a) == of_a));
  }
}

TEST_CASE("databases that a peer has are made here, unless the configuration says otherwise") {
  Site a, b;
  b.put("/db/ships");
  const Contents of_b = write(b, "b", 3, "/db/ships");
  add_peer(a, "b", b.url(), {{"create", false}});
  const Contents of_trucks = write(b, "b", 3);
  check_all_hold({&a}, of_trucks);
  CHECK(a.get("/db/ships").status == 404);
  add_peer(a, "b", b.url(), {{"create", true}});
  REQUIRE(eventually([&] { return a.get("/db/ships").status == 200; }));
  check_all_hold({&a}, of_b, "/db/ships");
}

TEST_CASE("a database that was dropped here stays away, over restarts, until it is created again") {
  Site a, b;
  b.put("/db/ships");
  const Contents of_b = write(b, "b", 3, "/db/ships");
  add_peer(a, "b", b.url());
  REQUIRE(eventually([&] { return a.get("/db/ships").status == 200; }));
  check_all_hold({&a}, of_b, "/db/ships");
  REQUIRE(a.ask({.method = "DELETE", .target = "/db/ships", .body = "", .headers = {}}).status == 204);
  const auto stays_away = [&](const std::string& another) {  // which the peer brings
    b.put(another);
    REQUIRE(eventually([&] { return a.get(another).status == 200; }));
    CHECK(a.get("/db/ships").status == 404);
  };
  stays_away("/db/carts");
  a.stop();
  a.start();
  stays_away("/db/boats");
  add_peer(a, "c", b.url(), {{"databases", {"ships"}}});
  REQUIRE(eventually([&] { return peer_state(a, "c").dump().find("was dropped on this node") != std::string::npos; }));
  CHECK(a.get("/db/ships").status == 404);
  a.put("/db/ships");
  check_all_hold({&a}, of_b, "/db/ships");
}

TEST_CASE("a window: only events of its valid times cross, and it stays right") {
  Site phone, depot;
  const auto at = [](const Site& site, const std::string& time) {
    const Response answer = site.post(trucks + "/e?at=" + time, "{\"at\":\"" + time + "\"}", "application/json");
    REQUIRE(answer.status == 201);
    return Contents{{answer.json()["keys"][0], "{\"at\":\"" + time + "\"}"}};
  };
  const Contents old = at(depot, "2020-01-01T00:00:00Z"), in = at(depot, "2024-06-01T00:00:00Z");
  const Contents mine_old = at(phone, "2020-01-02T00:00:00Z"), mine_in = at(phone, "2024-06-02T00:00:00Z");
  add_peer(phone, "depot", depot.url(), {{"from", "2024-01-01T00:00:00Z"}, {"to", "2024-12-31T00:00:00Z"}});
  check_all_hold({&phone}, united({in, mine_old, mine_in}));
  check_all_hold({&depot}, united({in, mine_in, old}));
  const Contents later = at(depot, "2024-07-01T00:00:00Z"), outside = at(depot, "2025-07-01T00:00:00Z");
  check_all_hold({&phone}, united({in, mine_old, mine_in, later}));
  const Json last = sync_now(phone, "depot");
  CHECK(last["equal"] == true);
  CHECK(last["sent"] == 0);
  // Without the window all the rest crosses as well.
  add_peer(phone, "depot", depot.url());
  check_all_hold({&phone, &depot}, united({in, mine_old, mine_in, later, outside, old}));
}
