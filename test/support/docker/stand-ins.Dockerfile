# Images that take the place of those in docker-compose.yml where no registry can be reached: the same programs from Debian, with
# the users, paths and entry points that the file relies on.
FROM node:20-bookworm-slim AS packages
RUN printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d \
  && mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
  && apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    redis-server postgresql-15 prometheus prometheus-alertmanager haproxy wget >/dev/null \
  && rm -rf /var/lib/apt/lists /var/cache/apt /usr/bin/promtool /usr/bin/amtool /usr/share/i18n /usr/share/perl \
    /usr/lib/x86_64-linux-gnu/perl /usr/lib/x86_64-linux-gnu/libLLVM* /usr/lib/x86_64-linux-gnu/libz3*
ENV LANG=C.UTF-8

FROM packages AS redis
RUN install --directory --owner=999 --group=1000 /data
CMD ["redis-server"]

FROM packages AS postgres
# initdb asks for the name of who runs it.
RUN echo 'stand-in:x:70:70::/nowhere:/bin/sh' >>/etc/passwd \
  && install --directory --owner=70 --group=70 --mode=3777 /var/run/postgresql \
  && install --directory --owner=70 --group=70 --mode=1777 /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin PGDATA=/var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["bash", "-ec", "if [ ! -s $PGDATA/PG_VERSION ]; then initdb --username=$POSTGRES_USER --pwfile=<(printf %s \"$POSTGRES_PASSWORD\") --auth-local=trust --auth-host=scram-sha-256 >/dev/null; echo 'host all all all scram-sha-256' >>$PGDATA/pg_hba.conf; pg_ctl start --silent --wait --options=\"-c listen_addresses=''\" >/dev/null; createdb --username=$POSTGRES_USER $POSTGRES_DB; for script in /docker-entrypoint-initdb.d/*.sh; do . $script; done; pg_ctl stop --silent --wait; fi; exec postgres -c listen_addresses='*' -c jit=off"]

FROM packages AS prometheus
RUN install --directory --owner=65534 --group=65534 /prometheus
ENTRYPOINT ["prometheus"]

FROM packages AS alertmanager
RUN ln -s /usr/bin/prometheus-alertmanager /bin/alertmanager \
  && install --directory --owner=65534 --group=65534 /alertmanager
ENTRYPOINT ["/bin/alertmanager"]

FROM packages AS haproxy
STOPSIGNAL SIGUSR1
CMD ["haproxy"]

# Answers every prompt with the same words, streamed or not.
FROM node:20-bookworm-slim AS llm
CMD ["node", "-e", "require('http').createServer(async (request, response) => { let text = ''; for await (const part of request) text += part; if (request.method === 'GET') return response.end('{\"object\":\"list\",\"data\":[]}'); const { stream, model } = JSON.parse(text); const head = { id: 'c', created: 0, model }; const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }; const said = { role: 'assistant', content: 'A local answer.' }; if (!stream) return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...head, object: 'chat.completion', choices: [{ index: 0, message: said, finish_reason: 'stop' }], usage })); response.writeHead(200, { 'content-type': 'text/event-stream' }); const say = (chunk) => response.write(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...chunk })}\\n\\n`); say({ choices: [{ index: 0, delta: said, finish_reason: null }] }); say({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }); say({ choices: [], usage }); response.end('data: [DONE]\\n\\n'); }).listen(8080)"]
