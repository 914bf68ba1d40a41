# One image for every service: SERVICE names the folder below services/.
FROM node:24-slim
WORKDIR /app
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages packages
COPY services services
COPY infra infra
COPY e2e/package.json e2e/package.json
COPY bench/package.json bench/package.json
RUN npx -y pnpm@12 install --frozen-lockfile --prod
ARG SERVICE
ENV SERVICE=$SERVICE
USER node
CMD ["sh", "-c", "exec node --max-old-space-size=320 --max-semi-space-size=8 --import ./packages/shared/src/telemetry/start.ts services/$SERVICE/src/main.ts"]
