// Boost.Asio as this project uses it. Include this, not Boost's headers: 1.74 forgets <utility>,
// and coroutine headers cost a second of compile time, so keep it out of other headers where possible.
#pragma once

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace da {
namespace asio = boost::asio;
using boost::system::error_code;
}  // namespace da
