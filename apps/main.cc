// One mind, many bodies: the program. A verb does the work; a user's mistake ends in one line on stderr and status 2.

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

#include "cli.h"
#include "core/error.h"
#include "verbs.h"

int main(int argc, char** argv) {
  using namespace manybody;
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file size is then an error of the write, as a full disk is
  try {
    apps::Command program("manybody", "One mind, many bodies: simulate, train, steer and judge walking humanoids.",
                          "manybody " MB_VERSION);
    apps::add_body(program);
    apps::add_train(program);
    apps::add_adapt(program);
    apps::add_play(program);
    apps::add_eval(program);
#ifndef MANYBODY_BARE
    apps::add_demo(program);
    apps::add_film(program);
#endif
    apps::add_ask(program);
    apps::add_chat(program);
    apps::add_bench(program);
    return program.run(argc, argv);
  } catch (const core::UserError& error) {
    std::fprintf(stderr, "manybody: %s\n", error.what());
    return 2;
  } catch (const std::bad_alloc&) {
    std::fputs("manybody: out of memory (expected fewer worlds or a smaller network)\n", stderr);
    return 3;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "manybody: %s\n", error.what());
    return 3;
  }
}
