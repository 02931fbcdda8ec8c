#include "server/serve.h"

#include <malloc.h>

#include <csignal>
#include <cstdio>

#include "engine/base/log.h"
#include "server/node.h"

namespace laterbase {

// LMDB sets a few mebibytes aside for each environment and touches little of them. Mapped on their own they stay
// untouched; the allocator would by and by take them from its heap and clear them: 4 MiB for each open database.
void prepare_process() {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  std::signal(SIGPIPE, SIG_IGN);
}

void announce(const Node& node) {
  if (node.url().empty()) return;
  std::printf("laterbase listening on %s\n", node.url().c_str());
  std::fflush(stdout);
}

int serve(const config::Settings& settings) {
  prepare_process();
  try {
    const api::Extensions nothing_more;
    Node node(settings, {}, nothing_more);
    node.begin();
    announce(node);
    node.run();
  } catch (const Failure& failure) {
    log::error("can't go on", {{"reason", failure.what()}});
    return 1;
  } catch (const std::exception& trouble) {
    log::error("can't serve",
               {{"reason", trouble.what()}, {"listen", settings.listen.host}, {"port", settings.listen.port}});
    return 1;
  }
  log::info("down", {});
  return 0;
}

}  // namespace laterbase
