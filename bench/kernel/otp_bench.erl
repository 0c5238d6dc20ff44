%% The gen_server counterpart of rounds.ts: the same volleys on Erlang/OTP, one scheduler.
%% Prints a line "name value" per figure; comparing them is left to main.ts.
-module(otp_bench).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

main([Scale]) ->
    N = list_to_integer(atom_to_list(Scale)),
    Measures = [{tell, fun tell/1, N * 10}, {tell32, fun tell32/1, N * 10}, {ask, fun ask/1, N * 4},
                {pingpong, fun pingpong/1, N * 10}],
    [begin F(max(1, C div 5)), io:format("~s ~.1f~n", [Name, C / seconds(fun() -> F(C) end)]) end
     || {Name, F, C} <- Measures],
    {Spawn, Stop} = spawn_stop(N),
    io:format("spawn ~.1f~nstop ~.1f~nbytes ~b~n", [N / Spawn, N / Stop, bytes()]),
    halt(0).

seconds(F) ->
    erlang:garbage_collect(),
    T = erlang:monotonic_time(nanosecond),
    F(),
    (erlang:monotonic_time(nanosecond) - T) / 1.0e9.

start() -> {ok, P} = gen_server:start(?MODULE, idle, []), P.

tell(Count) ->
    P = start(),
    cast_times(P, Count),
    Count = gen_server:call(P, get, infinity),
    gen_server:stop(P).

cast_times(_, 0) -> ok;
cast_times(P, Count) -> gen_server:cast(P, inc), cast_times(P, Count - 1).

%% A producer sends 32, the consumer asks for more after the 32nd.
tell32(Count) ->
    Consumer = start(),
    Producer = start(),
    gen_server:cast(Consumer, {from, Producer}),
    gen_server:cast(Producer, {produce, Consumer, Count div 32, self()}),
    receive done -> ok end,
    gen_server:stop(Producer),
    gen_server:stop(Consumer).

ask(Count) ->
    P = start(),
    call_times(P, Count),
    gen_server:stop(P).

call_times(_, 0) -> ok;
call_times(P, Count) -> gen_server:call(P, get), call_times(P, Count - 1).

pingpong(Count) ->
    A = start(),
    B = start(),
    gen_server:cast(A, {ping, B, Count, self()}),
    receive done -> ok end,
    gen_server:stop(A),
    gen_server:stop(B).

spawn_stop(Count) ->
    spawn_all(Count div 5),
    T0 = erlang:monotonic_time(nanosecond),
    Pids = spawn_all(Count),
    T1 = erlang:monotonic_time(nanosecond),
    [gen_server:stop(P) || P <- Pids],
    T2 = erlang:monotonic_time(nanosecond),
    {(T1 - T0) / 1.0e9, (T2 - T1) / 1.0e9}.

spawn_all(Count) -> [start() || _ <- lists:seq(1, Count)].

bytes() ->
    P = start(),
    0 = gen_server:call(P, get),
    {memory, Bytes} = process_info(P, memory),
    Bytes.

init(idle) -> {ok, {0, none, none}}.

handle_call(get, _From, {N, _, _} = State) -> {reply, N, State}.

handle_cast(inc, {N, P, D}) -> {noreply, {N + 1, P, D}};
handle_cast({from, Producer}, {N, _, D}) -> {noreply, {N, Producer, D}};
handle_cast(item, {N, P, D}) when N rem 32 =:= 31 -> gen_server:cast(P, more), {noreply, {N + 1, P, D}};
handle_cast(item, {N, P, D}) -> {noreply, {N + 1, P, D}};
handle_cast({produce, Consumer, Rounds, Done}, _) -> produce(Consumer, Rounds, Done);
handle_cast(more, {Rounds, Consumer, Done}) -> produce(Consumer, Rounds, Done);
handle_cast({ping, _, 0, Done}, State) -> Done ! done, {noreply, State};
handle_cast({ping, Peer, N, Done}, State) -> gen_server:cast(Peer, {ping, self(), N - 1, Done}), {noreply, State}.

produce(_, 0, Done) -> Done ! done, {noreply, {0, none, none}};
produce(Consumer, Rounds, Done) -> items(Consumer, 32), {noreply, {Rounds - 1, Consumer, Done}}.

items(_, 0) -> ok;
items(P, N) -> gen_server:cast(P, item), items(P, N - 1).
