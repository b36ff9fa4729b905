# syntax=docker/dockerfile:1
# The service: flowsim serve. Build from the root of the repository:
#
#   docker build -f docker/service.Dockerfile -t flowsim .
#   docker run -p 8000:8000 -v flowsim:/data -e FLOWSIM_SERVE_TOKEN="$(openssl rand -hex 24)" flowsim
#
# Inside a container the service must listen on every address, so it asks for a token.
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /src
ENV CI=true
COPY . .
RUN npx -y pnpm@12.21.0 install --frozen-lockfile \
    && npx -y pnpm@12.21.0 build \
    && npx -y pnpm@12.21.0 --filter @flowsim/cli deploy --prod --legacy /app

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production \
    FLOWSIM_SERVE_HOST=0.0.0.0 \
    FLOWSIM_SERVE_STORE=/data/tasks.db
COPY --from=build /app /app
RUN mkdir /data && chown node:node /data
USER node
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8000/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/flowsim.js"]
CMD ["serve"]
